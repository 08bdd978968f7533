import { AuditHeadsAskedV1, AuditHeadsWitnessedV1 } from '@curfew/contracts';
import { KeyStore } from '@curfew/keys';
import { UnitOfWork, type Tx } from '@curfew/messaging';
import { InjectConfig, until, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { compactVerify, createLocalJWKSet, type JWTVerifyGetKey } from 'jose';
import { v7 as uuidv7 } from 'uuid';
import { ChainWalk, type Fault } from '../chain/entry.js';
import { EntryStore, type SignedHead } from '../chain/entry.store.js';

const WITNESS_WITHIN_MS = 5_000;
const PAGE = 2_000;

export interface Verification {
  readonly valid: boolean;
  readonly entries: number;
  readonly head: { readonly seq: number; readonly hash: string };
  /** Heads the audit service itself has signed and kept. */
  readonly signedHeads: number;
  /** Heads another service has kept; null when it did not answer in time, and the chain is vouched for by audit alone. */
  readonly witnessedHeads: number | null;
  readonly faults: readonly Fault[];
}

interface WitnessedHead {
  readonly seq: number;
  readonly hash: string;
}

/**
 * Recomputes a tenant's chain from its first entry and compares it with every head that was signed, as audit has kept
 * them and as the witness has: an edit, a gap, a cut tail and a chain rewritten as a whole are all found.
 */
@Injectable()
export class VerifyChain {
  private readonly keys: KeyStore;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: EntryStore,
    @InjectConfig() config: RunningConfig,
  ) {
    this.keys = new KeyStore(config.masterKey);
  }

  async execute({ tenant, actor }: { tenant: string; actor: string }): Promise<Verification> {
    const witnessed = await this.askWitness(tenant, actor);
    const { heads, keys } = await this.unitOfWork.run(tenant, async (tx) => ({
      heads: await this.store.heads(tx),
      keys: createLocalJWKSet({ keys: await this.keys.published(tx) }),
    }));
    const walk = new ChainWalk(tenant, new Set([...heads, ...(witnessed ?? [])].map(({ seq }) => seq)));
    for (let seq = 0; ; seq = walk.head.seq) {
      const entries = await this.unitOfWork.run(tenant, (tx) => this.store.walk(tx, seq, PAGE));
      for (const entry of entries) walk.follow(entry);
      if (entries.length < PAGE) break;
    }
    walk.compare(heads, 'signed head');
    walk.compare(witnessed ?? [], 'witness');
    const forged = await forgedHeads(heads, tenant, keys);
    const faults = [...walk.faults, ...forged];
    return {
      valid: faults.length === 0,
      entries: walk.head.seq,
      head: walk.head,
      signedHeads: heads.length,
      witnessedHeads: witnessed?.length ?? null,
      faults: faults.slice(0, 100),
    };
  }

  /** The witness's answer to one of our questions. */
  async witnessed(events: readonly AuditHeadsWitnessedV1[], tx: Tx): Promise<void> {
    for (const { data } of events) {
      await tx.sql(
        'INSERT INTO witness_answers (tenant, verification_id, heads) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        [tx.tenant, data.verificationId, JSON.stringify(data.heads)],
      );
    }
  }

  private async askWitness(tenant: string, actor: string): Promise<WitnessedHead[] | undefined> {
    const verificationId = uuidv7();
    await this.unitOfWork.run(tenant, async (tx) => {
      tx.publish(AuditHeadsAskedV1, {
        subject: 'audit',
        cause: { actor, correlationId: verificationId },
        data: { verificationId },
      });
    });
    return until(
      () =>
        this.unitOfWork.run(tenant, async (tx) => {
          const [row] = await tx.sql<{ heads: WitnessedHead[] }>(
            'DELETE FROM witness_answers WHERE tenant = $1 AND verification_id = $2 RETURNING heads',
            [tenant, verificationId],
          );
          return row?.heads;
        }),
      WITNESS_WITHIN_MS,
    );
  }
}

async function forgedHeads(heads: readonly SignedHead[], tenant: string, keys: JWTVerifyGetKey): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const { seq, hash, jws } of heads) {
    const said = await compactVerify(jws, keys as never)
      .then(
        ({ payload }) => JSON.parse(Buffer.from(payload).toString()) as { tenant: string; seq: number; hash: string },
      )
      .catch(() => undefined);
    if (said?.tenant !== tenant || said.seq !== seq || said.hash !== hash)
      faults.push({ kind: 'head_differs', seq, by: 'signed head' });
  }
  return faults;
}
