import type { EnforcementCounts, PolicyEnforcedV1 } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { isUuid } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';

/** What a save does to live sessions, as far as the registry has told. */
export interface EnforcementView {
  readonly enforcementId: string;
  readonly policy: string;
  readonly version: number;
  readonly state: 'enforcing' | 'enforced';
  readonly counts: EnforcementCounts | null;
  readonly requestedAt: string;
  readonly finishedAt: string | null;
}

interface Row {
  enforcement_id: string;
  policy: string;
  version: number;
  requested_at: Date;
  finished_at: Date | null;
  counts: EnforcementCounts | null;
}

const viewOf = (row: Row): EnforcementView => ({
  enforcementId: row.enforcement_id,
  policy: row.policy,
  version: row.version,
  state: row.finished_at === null ? 'enforcing' : 'enforced',
  counts: row.counts,
  requestedAt: row.requested_at.toISOString(),
  finishedAt: row.finished_at?.toISOString() ?? null,
});

@Injectable()
export class EnforcementStore {
  async insert(tx: Tx, enforcementId: string, policy: string, version: number): Promise<void> {
    await tx.sql('INSERT INTO enforcements (tenant, enforcement_id, policy, version) VALUES ($1, $2, $3, $4)', [
      tx.tenant,
      enforcementId,
      policy,
      version,
    ]);
  }

  async finish(tx: Tx, { enforcementId, counts, finishedAt }: PolicyEnforcedV1['data']): Promise<void> {
    await tx.sql('UPDATE enforcements SET counts = $3, finished_at = $4 WHERE tenant = $1 AND enforcement_id = $2', [
      tx.tenant,
      enforcementId,
      JSON.stringify(counts),
      finishedAt,
    ]);
  }

  async get(tx: Tx, enforcementId: string): Promise<EnforcementView | undefined> {
    if (!isUuid(enforcementId)) return undefined;
    const [row] = await tx.sql<Row>(
      `SELECT enforcement_id, policy, version, requested_at, finished_at, counts FROM enforcements
       WHERE tenant = $1 AND enforcement_id = $2`,
      [tx.tenant, enforcementId],
    );
    return row && viewOf(row);
  }
}
