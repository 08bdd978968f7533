import type { Rig } from '../support/rig.js';
import { until } from '../support/until.js';
import { aScene } from './setting.js';

/** More people than are judged in the transaction that takes a policy over: the rest are left to the worker. */
const PEOPLE = 260;
const POINTS = ['S14@policy', 'S14@registry'] as const;
const POLICY = { absoluteSeconds: 28_800, idleSeconds: 900, cap: 3, overCap: 'block' };

interface Entry {
  readonly data: { readonly version: number; readonly counts: Record<string, number> };
}

export function policySaves(rig: () => Rig): void {
  describe('a policy', () => {
    const scene = aScene(rig, 2);

    it('S14 I5 a save whose services die before it is told and half-way over the sessions is enforced on each once, and counted', async () => {
      const { curfew } = scene();
      const { clientId } = await scene().crowd(PEOPLE);
      // Answered or not: it is saved, or it is saved when it is sent again, which else changes nothing.
      const put = () => curfew.ask('policy', 'PUT', '/v1/policies/default', POLICY).catch(() => undefined);
      rig().arm(POINTS);
      const saving = put();
      await rig().survive(POINTS, { downMs: 0, times: 1 });
      await saving;
      await until('the save is accepted', async () => (await put())?.status === 202, 60_000);

      const entries = await until(
        'its enforcement is in the trail',
        async () => {
          const path = '/v1/audit?type=curfew.policy.enforced.v1';
          const { items } = await curfew.call<{ items: Entry[] }>('audit', 'GET', path).catch(() => ({ items: [] }));
          return items.length > 0 && items;
        },
        60_000,
      );
      expect(entries.map(({ data }) => data)).toMatchObject([
        { version: 1, counts: { sessions: PEOPLE, changed: PEOPLE, ended: 0, marked: 0, evicted: 0 } },
      ]);
      const left = await curfew.sessions({ clientId, status: 'live' });
      const idle = left.map((session) => {
        const { idleExpiresAt, lastActivityAt } = session as unknown as Record<
          'idleExpiresAt' | 'lastActivityAt',
          string
        >;
        return (Date.parse(idleExpiresAt) - Date.parse(lastActivityAt)) / 1000;
      });
      expect(idle).toEqual(Array.from({ length: PEOPLE }, () => POLICY.idleSeconds)); // the new one everywhere
    }, 240_000);
  });
}
