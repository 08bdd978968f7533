import { randomUUID } from 'node:crypto';
import type { Application } from './applications.js';
import { inTurns, type Curfew } from './curfew.js';
import { until } from './until.js';

interface Opened {
  readonly id: string;
  readonly sid: string;
  readonly evicted: readonly string[];
}

/** So many people at a time: all of their sign-ins are. */
const PEOPLE_AT_ONCE = 4;

/** So many people who sign in so often each, at once, where the policy allows `cap`: never one more is live. */
export async function capUnderFire(
  curfew: Curfew,
  application: Application,
  { people, signIns, cap, overCap }: { people: number; signIns: number; cap: number; overCap: 'block' | 'evict' },
): Promise<void> {
  const limits = { absoluteSeconds: 28_800, idleSeconds: 3_600, cap, overCap };
  await curfew.call('policy', 'PUT', '/v1/policies/default', limits);
  const crowd = Array.from({ length: people }, () => `crowd-${randomUUID().slice(0, 13)}`);
  await inTurns(crowd, PEOPLE_AT_ONCE, async (who) => {
    await curfew.person(who, []);
    const answers = await Promise.all(
      Array.from({ length: signIns }, (_, nth) =>
        curfew.ask<Opened>('registry', 'POST', '/v1/sessions', {
          ...{ subject: who, clientId: application.clientId, device: { id: `${who}-${nth}` } },
          authenticatedAt: new Date().toISOString(),
        }),
      ),
    );
    const opened = answers.filter(({ status }) => status === 201).map(({ body }) => body);
    const left = await curfew.sessions({ subject: who, status: 'live' });
    expect([who, left.length]).toEqual([who, cap]);
    expect(opened).toHaveLength(overCap === 'block' ? cap : signIns);
    const evicted = opened.flatMap((session) => session.evicted);
    expect(new Set(evicted).size).toBe(evicted.length); // nothing is ended twice
    expect(evicted).toHaveLength(opened.length - cap);
    const gone = opened.filter(({ id }) => evicted.includes(id));
    await until('the application was told of what was evicted', () =>
      gone.every(({ sid }) => application.ended.has(sid)),
    );
    for (const { sid } of left) expect(application.toldOf(sid)).toEqual([]);
  });
}
