import type { Tx } from '@curfew/messaging';
import { Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';

export interface Completed {
  readonly revocationId: string;
  readonly signalId: string | null;
  readonly subject: string;
  readonly actor: string;
  readonly correlationId: string;
  readonly originAt: Date | null;
  readonly ended: number;
  readonly covered: number;
  readonly accepted: number;
  readonly confirmed: number;
  readonly rejected: number;
  readonly breached: number;
  readonly abandoned: number;
  readonly completedAt: Date;
}

export interface Resolution {
  readonly revocationId: string;
  readonly signalId: string | null;
  readonly subject: string;
  readonly actor: string;
  readonly correlationId: string;
  readonly ended: number;
  readonly covered: number;
}

/** How far the telling of each revocation is. What is planned and what was announced may come in any order. */
@Injectable()
export class ProgressStore {
  constructor(private readonly sweeper: Sweeper) {}

  planned(tx: Tx, counts: readonly { revocationId: string; planned: number; originAt: Date }[]): void {
    tx.write(
      `INSERT INTO revocations AS r (tenant, revocation_id, planned, origin_at)
       SELECT $1, * FROM unnest($2::uuid[], $3::int[], $4::timestamptz[]) AS given ORDER BY 1
       ON CONFLICT (tenant, revocation_id) DO UPDATE SET planned = r.planned + excluded.planned,
         origin_at = coalesce(r.origin_at, excluded.origin_at), touched_at = clock_timestamp()`,
      [
        tx.tenant,
        counts.map(({ revocationId }) => revocationId),
        counts.map(({ planned }) => planned),
        counts.map(({ originAt }) => originAt),
      ],
    );
  }

  resolved(tx: Tx, resolutions: readonly Resolution[]): void {
    const column = <T>(pick: (resolution: Resolution) => T): T[] => resolutions.map(pick);
    tx.write(
      `INSERT INTO revocations AS r (tenant, revocation_id, signal_id, subject, actor, correlation_id, ended, covered)
       SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[]) AS given ORDER BY 1
       ON CONFLICT (tenant, revocation_id) DO UPDATE SET signal_id = excluded.signal_id, subject = excluded.subject, actor = excluded.actor,
         correlation_id = excluded.correlation_id, ended = excluded.ended, covered = excluded.covered, touched_at = clock_timestamp()`,
      [
        tx.tenant,
        column(({ revocationId }) => revocationId),
        column(({ signalId }) => signalId),
        column(({ subject }) => subject),
        column(({ actor }) => actor),
        column(({ correlationId }) => correlationId),
        column(({ ended }) => ended),
        column(({ covered }) => covered),
      ],
    );
  }

  covers(tx: Tx, covered: readonly { revocationId: string; sessionId: string }[]): void {
    tx.write(
      `INSERT INTO covered_sessions (tenant, revocation_id, session_id)
       SELECT $1, * FROM unnest($2::uuid[], $3::uuid[]) ON CONFLICT DO NOTHING`,
      [tx.tenant, covered.map(({ revocationId }) => revocationId), covered.map(({ sessionId }) => sessionId)],
    );
  }

  /** Revocations that something of these sessions may have settled: their own, and those that cover them. */
  async concerned(tx: Tx, sessionIds: readonly string[], own: readonly string[]): Promise<string[]> {
    const rows = await tx.sql<{ revocation_id: string }>(
      'SELECT DISTINCT revocation_id FROM covered_sessions WHERE tenant = $1 AND session_id = ANY($2::uuid[])',
      [tx.tenant, sessionIds],
    );
    return [...new Set([...own, ...rows.map((row) => row.revocation_id)])];
  }

  /**
   * Completes those of them that are settled. Their rows are locked first, in order: of two transactions that settle
   * the last two deliveries the second waits, and then sees what the first did.
   */
  async complete(tx: Tx, revocationIds: readonly string[]): Promise<Completed[]> {
    if (revocationIds.length === 0) return [];
    tx.write(
      `SELECT 1 FROM revocations WHERE tenant = $1 AND revocation_id = ANY($2::uuid[]) AND completed_at IS NULL ORDER BY revocation_id FOR UPDATE`,
      [tx.tenant, revocationIds],
    );
    const rows = await tx.sql<{
      revocation_id: string;
      signal_id: string | null;
      subject: string;
      actor: string;
      correlation_id: string;
      origin_at: Date | null;
      ended: number;
      covered: number;
      completed_at: Date;
      accepted: number;
      confirmed: number;
      rejected: number;
      breached: number;
      abandoned: number;
    }>(
      `WITH done AS (
         UPDATE revocations r SET completed_at = clock_timestamp()
         WHERE r.tenant = $1 AND r.revocation_id = ANY($2::uuid[]) AND r.completed_at IS NULL AND r.ended = r.planned
           AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.tenant = $1 AND d.revocation_id = r.revocation_id AND d.settled_at IS NULL)
           AND (r.covered = 0 OR (
             r.covered = (SELECT count(*) FROM covered_sessions c WHERE c.tenant = $1 AND c.revocation_id = r.revocation_id)
             AND NOT EXISTS (
               SELECT 1 FROM covered_sessions c LEFT JOIN deliveries d ON d.tenant = $1 AND d.session_id = c.session_id
               WHERE c.tenant = $1 AND c.revocation_id = r.revocation_id AND d.settled_at IS NULL)))
         RETURNING r.*)
       SELECT done.*, counted.* FROM done CROSS JOIN LATERAL (
         SELECT count(*) FILTER (WHERE d.state = 'accepted')::int AS accepted, count(*) FILTER (WHERE d.state = 'confirmed')::int AS confirmed,
                count(*) FILTER (WHERE d.state = 'rejected')::int AS rejected, count(*) FILTER (WHERE d.breached_at IS NOT NULL)::int AS breached,
                count(*) FILTER (WHERE d.state = 'abandoned')::int AS abandoned
         FROM deliveries d WHERE d.tenant = $1 AND d.revocation_id = done.revocation_id) counted`,
      [tx.tenant, revocationIds],
    );
    return rows.map((row) => ({
      revocationId: row.revocation_id,
      signalId: row.signal_id,
      subject: row.subject,
      actor: row.actor,
      correlationId: row.correlation_id,
      originAt: row.origin_at,
      ended: row.ended,
      covered: row.covered,
      completedAt: row.completed_at,
      accepted: row.accepted,
      confirmed: row.confirmed,
      rejected: row.rejected,
      breached: row.breached,
      abandoned: row.abandoned,
    }));
  }

  /**
   * Over all tenants: announced and not completed for a while. A revocation that begins to cover a session in the very
   * moment its delivery settles is seen by neither transaction, and is found here.
   */
  async stale(limit: number): Promise<{ tenant: string; revocationId: string }[]> {
    const rows = await this.sweeper.sql<{ tenant: string; revocation_id: string }>(
      `SELECT tenant, revocation_id FROM revocations
       WHERE completed_at IS NULL AND ended IS NOT NULL AND touched_at < (SELECT clock_timestamp()) - interval '1 second' ORDER BY touched_at DESC LIMIT $1`,
      [limit],
    );
    return rows.map((row) => ({ tenant: row.tenant, revocationId: row.revocation_id }));
  }
}
