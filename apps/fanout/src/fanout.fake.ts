import { randomUUID } from 'node:crypto';
import {
  SessionRevokedV1,
  type CurfewEvent,
  type RevocationCoveredV1,
  type RevocationResolvedV1,
} from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { Metrics } from '@curfew/runtime';
import { openServiceDatabase } from '@curfew/testing';
import { ApplicationStore } from './application/application.store.js';
import type { AttemptOutcome, LeasedDelivery } from './delivery/delivery.js';
import { DeliveryStore } from './delivery/delivery.store.js';
import { PlanDeliveries } from './delivery/plan-deliveries.js';
import { RecordOutcomes } from './delivery/record-outcomes.js';
import { Redeliver } from './delivery/redeliver.js';
import type { SendDeliveries } from './delivery/send-deliveries.js';
import { WatchDeadlines } from './delivery/watch-deadlines.js';
import { Init1764000000000 } from './migrations/1764000000000-init.js';
import { RequeuedAt1764100000000 } from './migrations/1764100000000-requeued-at.js';
import { CompleteRevocations } from './revocation/complete-revocations.js';
import { FollowRevocations } from './revocation/follow-revocations.js';
import { ProgressStore } from './revocation/progress.store.js';

export const ACCEPTED: AttemptOutcome = {
  kind: 'accepted',
  status: 200,
  receipt: 'none',
  detail: null,
  receiptJws: null,
};
export const FAILED: AttemptOutcome = { kind: 'failed', status: 503, detail: null, retryAfterMs: null };

/** Fanout's use cases on a database of their own. Nothing is sent: what is planned waits to be claimed. */
export type FakeFanout = Awaited<ReturnType<typeof openFanout>>;

export async function openFanout() {
  const database = await openServiceDatabase('fanout', [Init1764000000000, RequeuedAt1764100000000]);
  const { unitOfWork, sweeper, log, owner, config } = database;
  const metrics = new Metrics();
  const store = new DeliveryStore(sweeper);
  const progress = new ProgressStore(sweeper);
  const completeRevocations = new CompleteRevocations(progress, unitOfWork, log, metrics);
  const nothingIsSent = { room: () => 0, send: () => undefined, wake: () => undefined } as unknown as SendDeliveries;
  const plan = new PlanDeliveries(
    store,
    new ApplicationStore(config, sweeper),
    progress,
    completeRevocations,
    nothingIsSent,
  );
  const follow = new FollowRevocations(progress, completeRevocations);
  const run = <T>(tenant: string, work: (tx: Tx) => Promise<T>): Promise<T> => unitOfWork.run(tenant, work);

  return {
    ...database,
    store,
    run,
    recorder: () => new RecordOutcomes(store, progress, completeRevocations, unitOfWork, log, metrics),
    watcher: () => new WatchDeadlines(store, progress, completeRevocations, unitOfWork, log),
    redeliver: new Redeliver(unitOfWork, store, nothingIsSent),
    plan: (tenant: string, events: readonly SessionRevokedV1[]) => run(tenant, (tx) => plan.execute(events, tx)),
    resolved: (tenant: string, revocationId: string, ended: number, alreadyEnded = 0) =>
      run(tenant, (tx) =>
        follow.resolved(
          [
            {
              subject: 'u-1',
              actor: 'key:test',
              correlationid: revocationId,
              data: { revocationId, signalId: null, ended, alreadyEnded },
            } as unknown as RevocationResolvedV1,
          ],
          tx,
        ),
      ),
    covered: (tenant: string, revocationId: string, sessionIds: string[]) =>
      run(tenant, (tx) =>
        follow.covered([{ data: { revocationId, sessionIds } } as unknown as RevocationCoveredV1], tx),
      ),

    async tenant(clientIds: readonly string[] = ['crm']): Promise<string> {
      const tenant = `t-${randomUUID()}`;
      await owner.query(
        `INSERT INTO applications (tenant, client_id, name, backchannel_logout_uri, logout_token_alg, logout_token_for, clock_skew_seconds,
           deadline_seconds, version) SELECT $1, c, c, 'https://' || c || '.example/logout', 'RS256', 'session', 1, 60, 1 FROM unnest($2::text[]) AS c`,
        [tenant, clientIds],
      );
      return tenant;
    },

    async published(tenant: string, { type }: { readonly type: string }): Promise<Record<string, unknown>[]> {
      const { rows } = await owner.query<{ message: string }>(
        'SELECT message FROM outbox WHERE tenant = $1 ORDER BY id',
        [tenant],
      );
      return rows
        .map(({ message }) => JSON.parse(message) as CurfewEvent<Record<string, unknown>>)
        .filter((event) => event.type === type)
        .map(({ data }) => data);
    },

    deliveries: (tenant: string) => run(tenant, (tx) => store.list(tx, {}, undefined, 1_000)),
  };
}

export function revokedEvent(
  tenant: string,
  given: { revocationId?: string | null; clientId?: string; deadlineInMs?: number } = {},
): SessionRevokedV1 {
  const now = new Date();
  const data: SessionRevokedV1['data'] = {
    sessionId: randomUUID(),
    sid: randomUUID(),
    clientId: given.clientId ?? 'crm',
    subjectId: 'u-1',
    deviceId: null,
    cause: 'revoked',
    revocationId: given.revocationId ?? null,
    successorSessionId: null,
    reason: 'a test',
    endedAt: now.toISOString(),
    openedAt: now.toISOString(),
    openedByBroker: false,
    deadlineAt: new Date(now.getTime() + (given.deadlineInMs ?? 60_000)).toISOString(),
    originAt: now.toISOString(),
    bulk: false,
    epoch: '1',
  };
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: '/curfew/registry',
    type: SessionRevokedV1.type,
    subject: 'u-1',
    time: now.toISOString(),
    datacontenttype: 'application/json',
    tenant,
    partitionkey: `${tenant}:u-1`,
    correlationid: randomUUID(),
    actor: 'key:test',
    data,
  };
}

export const attemptOf = (delivery: LeasedDelivery, outcome: AttemptOutcome) => ({
  number: delivery.attempts,
  jti: randomUUID(),
  startedAt: new Date(),
  finishedAt: new Date(),
  outcome,
});
