import type { Cause, Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { RaiseBarriers } from '../barrier/raise-barriers.js';
import { RevocationStore } from '../revocation/revocation.store.js';
import { publishRevoked } from '../session/publish-revoked.js';
import { SessionStore } from '../session/session.store.js';

/** Ends those sessions of a subject that a barrier of one of the groups covers, before the groups change. */
@Injectable()
export class EndByGroupChange {
  constructor(
    private readonly sessions: SessionStore,
    private readonly revocations: RevocationStore,
    private readonly raiseBarriers: RaiseBarriers,
  ) {}

  async execute(tx: Tx, subjectId: string, groups: readonly string[], cause: Cause): Promise<void> {
    await this.revocations.lockEnding(tx, groups);
    const rows = await tx.sql<{ session_id: string; revocation_id: string | null; ending: boolean }>(
      `SELECT s.session_id, covering.revocation_id, covering.ending FROM sessions s
       CROSS JOIN LATERAL (
         SELECT b.revocation_id, coalesce(r.state = 'ending', false) AS ending FROM barriers b
         LEFT JOIN revocations r ON r.tenant = b.tenant AND r.revocation_id = b.revocation_id
         WHERE b.tenant = $1 AND b.kind = 'group' AND b.target_id = ANY($3) AND (s.judged_at <= b.not_before OR s.epoch < b.ends_before)
         ORDER BY ending DESC LIMIT 1) covering
       WHERE s.tenant = $1 AND s.subject_id = $2 AND s.ended_at IS NULL`,
      [tx.tenant, subjectId, groups],
    );
    if (rows.length === 0) return;
    const { now, epoch } = await this.revocations.moment(tx);
    // A revocation whose batches have not come to these yet counts them; a settled one has its count already.
    for (const revocationId of new Set(rows.map((row) => (row.ending ? row.revocation_id : null)))) {
      const ids = rows
        .filter((row) => (row.ending ? row.revocation_id : null) === revocationId)
        .map((row) => row.session_id);
      const revocation = revocationId === null ? undefined : await this.revocations.get(tx, revocationId);
      const ended = await this.sessions.endByIds(tx, ids, {
        at: now,
        cause: 'revoked',
        reason: revocation?.reason ?? 'moved between groups, one of which was revoked since',
        revocationId,
        successorSessionId: null,
      });
      const deadlineAt = revocation?.deadlineAt ?? new Date(now.getTime() + 60_000);
      publishRevoked(tx, ended, { cause, deadlineAt: () => deadlineAt, originAt: now, epoch });
      if (revocationId !== null) this.revocations.countEnded(tx, revocationId, ended.length);
    }
    await this.raiseBarriers.execute(
      tx,
      rows.map((row) => ({
        target: { kind: 'session', id: row.session_id },
        notBefore: new Date(0),
        endsBefore: epoch,
        revocationId: row.revocation_id,
      })),
    );
  }
}
