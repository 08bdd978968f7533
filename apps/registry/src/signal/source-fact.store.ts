import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import type { Moment } from '../revocation/revocation.js';
import type { KnownFact, SourceFact } from './judge-fact.js';

export interface FactGround {
  readonly moment: Moment;
  /** The signal itself was taken back before it came. */
  readonly rescinded: boolean;
  readonly known: readonly KnownFact[];
}

@Injectable()
export class SourceFactStore {
  /** What a signal about the subject is judged by, and the instant and epoch it gets; read after the locks. */
  async ground(tx: Tx, subjectId: string, source: string, signalId: string): Promise<FactGround> {
    const [row] = await tx.sql<{
      now: Date;
      epoch: string;
      rescinded: boolean;
      known: (Omit<KnownFact, 'occurredAt'> & { occurredAt: string })[];
    }>(
      `SELECT curfew_now() AS now, nextval('epochs') AS epoch,
         EXISTS (SELECT 1 FROM rescinded_signals r WHERE r.tenant = $1 AND r.signal_id = $4) AS rescinded,
         ARRAY(
           SELECT json_build_object('signalId', f.signal_id, 'kind', f.kind, 'occurredAt', f.occurred_at, 'sequence', f.sequence,
             'due', f.due, 'revocationId', r.revocation_id,
             'bar', CASE WHEN b.revocation_id IS NOT NULL THEN 'standing' WHEN r.bar AND r.standing = 'in_force' THEN 'lifted' END)
           FROM source_facts f
           LEFT JOIN revocations r ON r.tenant = $1 AND r.signal_id = f.signal_id
           LEFT JOIN bars b ON b.tenant = $1 AND b.kind = 'subject' AND b.target_id = $2 AND b.revocation_id = r.revocation_id
           WHERE f.tenant = $1 AND f.subject_id = $2 AND f.source = $3) AS known`,
      [tx.tenant, subjectId, source, signalId],
    );
    const { now, epoch, rescinded, known } = row!;
    return {
      moment: { now, epoch: BigInt(epoch) },
      rescinded,
      known: known.map((fact) => ({ ...fact, occurredAt: new Date(fact.occurredAt) })),
    };
  }

  /** `due`: it takes effect now. */
  record(tx: Tx, subjectId: string, source: string, fact: SourceFact, due: boolean): void {
    tx.write(
      `INSERT INTO source_facts AS f (tenant, subject_id, source, occurred_at, sequence, kind, signal_id, due)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (tenant, subject_id, source, signal_id) DO UPDATE SET due = f.due OR excluded.due`,
      [tx.tenant, subjectId, source, fact.occurredAt, fact.sequence, fact.kind, fact.signalId, due],
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
