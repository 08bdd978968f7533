import { AuditHeadSignedV1 } from '@curfew/contracts';
import { KeyStore, signJwt } from '@curfew/keys';
import { exclusive, UnitOfWork, type Tx } from '@curfew/messaging';
import { InjectConfig, InjectLogger, startLoop, type Logger, type Loop, type RunningConfig } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { EntryStore } from './entry.store.js';

const EVERY_MS = 1_000;

/** Signs the head of each chain that has grown, and hands it to the witness. */
@Injectable()
export class SignHeads implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly keys: KeyStore;
  private loop: Loop | undefined;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: EntryStore,
    @InjectConfig() config: RunningConfig,
    @InjectLogger() private readonly log: Logger,
  ) {
    this.keys = new KeyStore(config.masterKey);
  }

  onApplicationBootstrap(): void {
    this.loop = startLoop('audit heads', EVERY_MS, this.log, () => this.signAll());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }

  private async signAll(): Promise<void> {
    for (const tenant of await this.store.unsigned()) await this.unitOfWork.run(tenant, (tx) => this.sign(tx));
  }

  private async sign(tx: Tx): Promise<void> {
    const key = await this.keys.current(tx, 'EdDSA');
    tx.lock(exclusive('chain', tx.tenant));
    const { seq, hash } = await this.store.head(tx);
    const signedAt = new Date();
    const jws = await signJwt(key, 'audit-head+jwt', {
      tenant: tx.tenant,
      seq,
      hash,
      iat: Math.floor(signedAt.getTime() / 1000),
    });
    await this.store.keepHead(tx, { seq, hash, signedAt, kid: key.kid, jws });
    tx.publish(AuditHeadSignedV1, {
      subject: 'audit',
      cause: { actor: 'service:audit', correlationId: `audit-head-${seq}` },
      data: { seq, hash, signedAt: signedAt.toISOString(), kid: key.kid, jws },
    });
  }
}
