import type { Gathered, Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import type { Moment } from '../revocation/revocation.js';
import type { KnownFact, SourceFact } from './judge-fact.js';

export interface FactGround {
  readonly moment: Moment;
  /** The signal itself was taken back before it came. */
  readonly rescinded: boolean;
  /** Nothing that a signal says ends the subject's access. */
  readonly isProtected: boolean;
  readonly known: readonly KnownFact[];
}

export interface RecordedFact extends Pick<KnownFact, 'due' | 'request'> {
  readonly subjectId: string;
  readonly source: string;
  readonly fact: SourceFact;
}

interface GroundRow {
  now: Date;
  epoch: string;
  rescinded: boolean;
  protected: boolean;
  known: (Omit<KnownFact, 'occurredAt'> & { occurredAt: string })[];
}

const GROUND: Gathered<{ subjectId: string; source: string; signalId: string }, FactGround> = async (tx, wanted) => {
  const rows = await tx.sql<GroundRow & Record<string, unknown>>(
    `SELECT curfew_now() AS now, nextval('epochs') AS epoch,
       EXISTS (SELECT 1 FROM rescinded_signals r WHERE r.tenant = $1 AND r.signal_id = wanted.signal_id) AS rescinded,
       EXISTS (SELECT 1 FROM protected_subjects p WHERE p.tenant = $1 AND p.subject_id = wanted.subject_id) AS protected,
       ARRAY(
         SELECT json_build_object('signalId', f.signal_id, 'kind', f.kind, 'occurredAt', f.occurred_at, 'sequence', f.sequence,
           'due', f.due, 'request', f.request, 'revocationId', r.revocation_id,
           'bar', CASE WHEN b.revocation_id IS NOT NULL THEN 'standing' WHEN r.bar AND r.standing = 'in_force'
                       THEN CASE WHEN r.lifted_by_signal IS NULL THEN 'lifted' ELSE 'overruled' END END)
         FROM source_facts f
         LEFT JOIN LATERAL (
           SELECT * FROM revocations WHERE tenant = $1 AND signal_id = f.signal_id ORDER BY epoch DESC LIMIT 1) r ON true
         LEFT JOIN bars b ON b.tenant = $1 AND b.kind = 'subject' AND b.target_id = f.subject_id AND b.revocation_id = r.revocation_id
         WHERE f.tenant = $1 AND f.subject_id = wanted.subject_id AND f.source = wanted.source) AS known
     FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS wanted (subject_id, source, signal_id, nth) ORDER BY wanted.nth`,
    [
      tx.tenant,
      wanted.map(({ subjectId }) => subjectId),
      wanted.map(({ source }) => source),
      wanted.map(({ signalId }) => signalId),
    ],
  );
  return rows.map((row) => ({
    moment: { now: row.now, epoch: BigInt(row.epoch) },
    rescinded: row.rescinded,
    isProtected: row.protected,
    known: row.known.map((fact) => ({ ...fact, occurredAt: new Date(fact.occurredAt) })),
  }));
};

const RECORD: Gathered<RecordedFact, void> = (tx, recorded) => {
  const column = <T>(pick: (fact: SourceFact) => T): T[] => recorded.map(({ fact }) => pick(fact));
  tx.write(
    `INSERT INTO source_facts AS f (tenant, subject_id, source, occurred_at, sequence, kind, signal_id, due, request)
     SELECT $1, * FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::text[], $7::text[], $8::boolean[], $9::json[])
     ON CONFLICT (tenant, subject_id, source, signal_id) DO UPDATE SET due = f.due OR excluded.due,
       request = coalesce(excluded.request, f.request)`,
    [
      tx.tenant,
      recorded.map(({ subjectId }) => subjectId),
      recorded.map(({ source }) => source),
      column(({ occurredAt }) => occurredAt),
      column(({ sequence }) => sequence),
      column(({ kind }) => kind),
      column(({ signalId }) => signalId),
      recorded.map(({ due }) => due),
      recorded.map(({ request }) => request && JSON.stringify(request)),
    ],
  );
  return Promise.resolve([]);
};

@Injectable()
export class SourceFactStore {
  /** What a signal about the subject is judged by, and the instant and epoch it gets; read after the locks. */
  ground(tx: Tx, subjectId: string, source: string, signalId: string): Promise<FactGround> {
    return tx.gather(GROUND, { subjectId, source, signalId });
  }

  /** `due`: it takes effect now; `request`: what puts it in force, of a termination that bars. */
  record(tx: Tx, recorded: RecordedFact): void {
    tx.gatherWrite(RECORD, recorded);
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
