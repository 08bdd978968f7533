import type { EndCause } from '@curfew/contracts';
import type { Gathered } from '@curfew/messaging';
import type { Target } from '../barrier/barrier.js';
import { S_COLUMNS, sessionOf, type SessionRow } from './session-row.js';
import type { Session } from './session.js';

export interface Ending {
  readonly at: Date;
  readonly cause: EndCause;
  readonly reason: string;
  readonly revocationId: string | null;
  readonly successorSessionId: string | null;
}

export interface CoveredEnding {
  readonly target: Target;
  /** Of these sessions those opened under a lower epoch, or those judged at or before an instant. */
  readonly range: { readonly before: bigint } | { readonly notBefore: Date };
  readonly ending: Ending;
  readonly limit: number;
}

export interface CoveredElsewhere {
  readonly target: Target;
  readonly exceptRevocationId: string;
  readonly before: bigint;
}

/** Which sessions are those of `wanted.target_id`. */
const COVERED: Readonly<Record<Target['kind'], string>> = {
  subject: 's.subject_id = wanted.target_id',
  device: 's.device_id = wanted.target_id',
  session: 's.session_id = wanted.target_id::uuid',
  application: 's.client_id = wanted.target_id',
  group:
    's.subject_id IN (SELECT g.subject_id FROM subject_groups g WHERE g.tenant = $1 AND g.group_id = wanted.target_id)',
  tenant: 'wanted.target_id IS NOT NULL',
};

/** The applications of those that `ended` are still to be told. */
export const UNTOLD_NOW = `untold AS (
       INSERT INTO untold_sessions (tenant, subject_id, session_id) SELECT $1, subject_id, session_id FROM ended)`;

/** A statement for each kind of target. */
const ofKind = <Item extends { readonly target: Target }, Answer>(
  make: (covered: string) => Gathered<Item, Answer>,
): ((item: Item) => Gathered<Item, Answer>) => {
  const byKind = new Map(Object.entries(COVERED).map(([kind, covered]) => [kind, make(covered)]));
  return ({ target }) => byKind.get(target.kind)!;
};

/**
 * Rows are locked in id order; two that cross are retried. They are looked up target by target and updated by an array,
 * not joined: a join reads all live sessions of a table that has grown since it was analysed.
 */
export const endCovered = ofKind<CoveredEnding, Session[]>((covered) => async (tx, wanted) => {
  const rows = await tx.sql<SessionRow & { nth: number }>(
    `WITH doomed AS MATERIALIZED (
       SELECT wanted.*, doomed.session_id
       FROM unnest($2::int[], $3::text[], $4::bigint[], $5::timestamptz[], $6::int[], $7::timestamptz[], $8::text[], $9::text[], $10::uuid[], $11::uuid[])
         AS wanted (nth, target_id, before, not_before, most, at, cause, reason, revocation_id, successor)
       CROSS JOIN LATERAL (
         SELECT s.session_id FROM sessions s
         WHERE s.tenant = $1 AND s.ended_at IS NULL AND ${covered}
           AND (wanted.before IS NULL OR s.epoch < wanted.before) AND (wanted.not_before IS NULL OR s.judged_at <= wanted.not_before)
         ORDER BY s.session_id LIMIT wanted.most FOR UPDATE) doomed),
     ended AS (
       UPDATE sessions s SET ended_at = d.at, cause = d.cause, reason = d.reason, revocation_id = d.revocation_id, successor_session_id = d.successor
       FROM doomed d
       WHERE s.tenant = $1 AND s.session_id = ANY(ARRAY(SELECT session_id FROM doomed)) AND s.session_id = d.session_id AND s.ended_at IS NULL
       RETURNING d.nth, ${S_COLUMNS}),
     ${UNTOLD_NOW}
     SELECT * FROM ended`,
    [
      tx.tenant,
      wanted.map((_, nth) => nth),
      wanted.map(({ target }) => target.id),
      wanted.map(({ range }) => ('before' in range ? range.before.toString() : null)),
      wanted.map(({ range }) => ('before' in range ? null : range.notBefore)),
      wanted.map(({ limit }) => limit),
      wanted.map(({ ending }) => ending.at),
      wanted.map(({ ending }) => ending.cause),
      wanted.map(({ ending }) => ending.reason),
      wanted.map(({ ending }) => ending.revocationId),
      wanted.map(({ ending }) => ending.successorSessionId),
    ],
  );
  return perItem(wanted, rows, sessionOf);
});

export const untold = ofKind<CoveredElsewhere, string[]>((covered) => async (tx, wanted) => {
  const rows = await tx.sql<{ nth: number; session_id: string }>(
    `SELECT wanted.nth, s.session_id
     FROM unnest($2::int[], $3::text[], $4::uuid[], $5::bigint[]) AS wanted (nth, target_id, except_revocation_id, before)
     CROSS JOIN LATERAL (
       SELECT s.session_id FROM untold_sessions u JOIN sessions s USING (tenant, subject_id, session_id)
       WHERE u.tenant = $1 AND ${covered}
         AND s.revocation_id IS DISTINCT FROM wanted.except_revocation_id AND s.epoch < wanted.before OFFSET 0) s`,
    [
      tx.tenant,
      wanted.map((_, nth) => nth),
      wanted.map(({ target }) => target.id),
      wanted.map(({ exceptRevocationId }) => exceptRevocationId),
      wanted.map(({ before }) => before.toString()),
    ],
  );
  return perItem(wanted, rows, ({ session_id }) => session_id);
});

function perItem<R extends { nth: number }, T>(
  items: readonly unknown[],
  rows: readonly R[],
  of: (row: R) => T,
): T[][] {
  const answers: T[][] = items.map(() => []);
  for (const row of rows) answers[row.nth]!.push(of(row));
  return answers;
}
