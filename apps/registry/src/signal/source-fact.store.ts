import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import type { Moment } from '../revocation/revocation.js';
import type { SourceFact } from './judge-fact.js';

export interface FactGround {
  readonly moment: Moment;
  /** The signal itself was taken back before it came. */
  readonly rescinded: boolean;
  readonly latest: SourceFact | undefined;
}

@Injectable()
export class SourceFactStore {
  /** What a signal about the subject is judged by, and the instant and epoch it gets; read after the locks. */
  async ground(tx: Tx, subjectId: string, source: string, signalId: string): Promise<FactGround> {
    const [row] = await tx.sql<{
      now: Date;
      epoch: string;
      rescinded: boolean;
      occurred_at: Date | null;
      sequence: string | null;
      kind: SourceFact['kind'];
      signal_id: string;
    }>(
      `SELECT curfew_now() AS now, nextval('epochs') AS epoch, f.occurred_at, f.sequence, f.kind, f.signal_id,
         EXISTS (SELECT 1 FROM rescinded_signals r WHERE r.tenant = $1 AND r.signal_id = $4) AS rescinded
       FROM (SELECT 1) one LEFT JOIN source_facts f ON f.tenant = $1 AND f.subject_id = $2 AND f.source = $3`,
      [tx.tenant, subjectId, source, signalId],
    );
    const { now, epoch, rescinded, occurred_at, sequence, kind, signal_id } = row!;
    return {
      moment: { now, epoch: BigInt(epoch) },
      rescinded,
      latest:
        occurred_at === null
          ? undefined
          : {
              occurredAt: occurred_at,
              sequence: sequence === null ? null : Number(sequence),
              kind,
              signalId: signal_id,
            },
    };
  }

  record(tx: Tx, subjectId: string, source: string, fact: SourceFact): void {
    tx.write(
      `INSERT INTO source_facts (tenant, subject_id, source, occurred_at, sequence, kind, signal_id) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (tenant, subject_id, source) DO UPDATE SET occurred_at = excluded.occurred_at, sequence = excluded.sequence,
         kind = excluded.kind, signal_id = excluded.signal_id`,
      [tx.tenant, subjectId, source, fact.occurredAt, fact.sequence, fact.kind, fact.signalId],
    );
  }

  /** Will do nothing when it comes, and no longer counts in the order of what its source said. */
  rescind(tx: Tx, signalId: string): void {
    tx.write('INSERT INTO rescinded_signals (tenant, signal_id) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      tx.tenant,
      signalId,
    ]);
    tx.write('DELETE FROM source_facts WHERE tenant = $1 AND signal_id = $2', [tx.tenant, signalId]);
  }
}
