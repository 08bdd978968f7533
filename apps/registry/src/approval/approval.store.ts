import type { ApprovalRule } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { isUuid, Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import type { Target, TargetKind } from '../barrier/barrier.js';
import { INITIAL_RULE, type Approval, type ApprovalState } from './approval.js';

interface Row {
  revocation_id: string;
  target_kind: TargetKind;
  target_id: string;
  bar: boolean;
  reason: string;
  deadline_seconds: number | null;
  sessions: number;
  requested_by: string;
  requested_at: Date;
  expires_at: Date;
  state: ApprovalState;
  decided_by: string | null;
  decided_at: Date | null;
  decision_reason: string | null;
}

const approvalOf = (row: Row): Approval => ({
  revocationId: row.revocation_id,
  state: row.state,
  target: { kind: row.target_kind, id: row.target_id },
  bar: row.bar,
  reason: row.reason,
  deadlineSeconds: row.deadline_seconds,
  sessions: row.sessions,
  requestedBy: row.requested_by,
  requestedAt: row.requested_at,
  expiresAt: row.expires_at,
  decidedBy: row.decided_by,
  decidedAt: row.decided_at,
  decisionReason: row.decision_reason,
});

export interface VersionedRule {
  readonly version: number;
  readonly rule: ApprovalRule;
}

@Injectable()
export class ApprovalStore {
  constructor(private readonly sweeper: Sweeper) {}

  async rule(tx: Tx): Promise<VersionedRule> {
    const [row] = await tx.sql<{ version: number; document: ApprovalRule }>(
      'SELECT version, document FROM approval_rules WHERE tenant = $1',
      [tx.tenant],
    );
    return row ? { version: row.version, rule: row.document } : { version: 0, rule: INITIAL_RULE };
  }

  /** How many sessions somebody has ended alone, and on their own account, within so many seconds; and of what they end some yet. */
  async endedAlone(tx: Tx, actor: string, seconds: number): Promise<{ ended: number; underWay: Target[] }> {
    const [row] = await tx.sql<{ ended: number; under_way: Target[] | null }>(
      `SELECT coalesce(sum(ended), 0)::integer AS ended,
         json_agg(json_build_object('kind', target_kind, 'id', target_id)) FILTER (WHERE state = 'ending') AS under_way
       FROM revocations r
       WHERE tenant = $1 AND actor = $2 AND signal_id IS NULL AND not_before > curfew_now() - make_interval(secs => $3)
         AND NOT EXISTS (SELECT FROM approvals a WHERE a.tenant = $1 AND a.revocation_id = r.revocation_id)`,
      [tx.tenant, actor, seconds],
    );
    return { ended: row!.ended, underWay: row!.under_way ?? [] };
  }

  /** False: another has changed that version. */
  async saveRule(tx: Tx, { version, rule }: VersionedRule): Promise<boolean> {
    const rows = await tx.sql(
      `INSERT INTO approval_rules AS r (tenant, version, document) VALUES ($1, $2, $3)
       ON CONFLICT (tenant) DO UPDATE SET version = excluded.version, document = excluded.document
         WHERE r.version = excluded.version - 1
       RETURNING version`,
      [tx.tenant, version, JSON.stringify(rule)],
    );
    return rows.length > 0;
  }

  /** Answers until when it waits. */
  async insert(
    tx: Tx,
    asked: Pick<
      Approval,
      'revocationId' | 'target' | 'bar' | 'reason' | 'deadlineSeconds' | 'sessions' | 'requestedBy'
    >,
    withinSeconds: number,
  ): Promise<Date> {
    const [row] = await tx.sql<{ expires_at: Date }>(
      `INSERT INTO approvals (tenant, revocation_id, target_kind, target_id, bar, reason, deadline_seconds, sessions, requested_by,
         requested_at, expires_at, state)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, curfew_now(), curfew_now() + make_interval(secs => $10), 'pending')
       RETURNING expires_at`,
      [
        tx.tenant,
        asked.revocationId,
        asked.target.kind,
        asked.target.id,
        asked.bar,
        asked.reason,
        asked.deadlineSeconds,
        asked.sessions,
        asked.requestedBy,
        withinSeconds,
      ],
    );
    return row!.expires_at;
  }

  async get(tx: Tx, revocationId: string): Promise<Approval | undefined> {
    if (!isUuid(revocationId)) return undefined;
    const [row] = await tx.sql<Row & Record<string, unknown>>(
      'SELECT * FROM approvals WHERE tenant = $1 AND revocation_id = $2',
      [tx.tenant, revocationId],
    );
    return row && approvalOf(row);
  }

  /** Newest first. */
  async list(tx: Tx, state: string | undefined, before: string | undefined, limit: number): Promise<Approval[]> {
    const rows = await tx.sql<Row & Record<string, unknown>>(
      `SELECT * FROM approvals WHERE tenant = $1 AND ($2::text IS NULL OR state = $2) AND ($3::uuid IS NULL OR revocation_id < $3)
       ORDER BY revocation_id DESC LIMIT $4`,
      [tx.tenant, state ?? null, before ?? null, limit],
    );
    return rows.map(approvalOf);
  }

  /** Of those that wait: by somebody before it expires, or because it has. Undefined: it was decided before. */
  async decide(
    tx: Tx,
    revocationId: string,
    state: Exclude<ApprovalState, 'pending'>,
    by: string,
    reason: string | null,
  ): Promise<Approval | undefined> {
    const [row] = await tx.sql<Row & Record<string, unknown>>(
      `UPDATE approvals SET state = $3, decided_by = $4, decided_at = curfew_now(), decision_reason = $5
       WHERE tenant = $1 AND revocation_id = $2 AND state = 'pending' AND (expires_at <= curfew_now()) = ($3 = 'expired')
       RETURNING *`,
      [tx.tenant, revocationId, state, by, reason],
    );
    return row && approvalOf(row);
  }

  /** Over all tenants: those that nobody has decided on in time. */
  async overdue(limit: number): Promise<{ tenant: string; revocationId: string }[]> {
    const rows = await this.sweeper.sql<{ tenant: string; revocation_id: string }>(
      `SELECT tenant, revocation_id FROM approvals WHERE state = 'pending' AND expires_at <= (SELECT curfew_now())
       ORDER BY expires_at LIMIT $1`,
      [limit],
    );
    return rows.map((row) => ({ tenant: row.tenant, revocationId: row.revocation_id }));
  }
}
