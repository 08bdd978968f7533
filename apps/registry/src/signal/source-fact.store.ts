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
             'due', f.due, 'request', f.request, 'revocationId', r.revocation_id,
             'bar', CASE WHEN b.revocation_id IS NOT NULL THEN 'standing' WHEN r.bar AND r.standing = 'in_force'
                         THEN CASE WHEN r.lifted_by_signal IS NULL THEN 'lifted' ELSE 'overruled' END END)
           FROM source_facts f
           LEFT JOIN LATERAL (
             SELECT * FROM revocations WHERE tenant = $1 AND signal_id = f.signal_id ORDER BY epoch DESC LIMIT 1) r ON true
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

  /** `due`: it takes effect now; `request`: what puts it in force, of a termination that bars. */
  record(
    tx: Tx,
    subjectId: string,
    source: string,
    fact: SourceFact,
    { due, request }: Pick<KnownFact, 'due' | 'request'>,
  ): void {
    tx.write(
      `INSERT INTO source_facts AS f (tenant, subject_id, source, occurred_at, sequence, kind, signal_id, due, request)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (tenant, subject_id, source, signal_id) DO UPDATE SET due = f.due OR excluded.due,
         request = coalesce(excluded.request, f.request)`,
      [
        tx.tenant,
        subjectId,
        source,
        fact.occurredAt,
        fact.sequence,
        fact.kind,
        fact.signalId,
        due,
        request && JSON.stringify(request),
      ],
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
