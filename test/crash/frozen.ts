import type { Rig } from '../support/rig.js';
import { until } from '../support/until.js';
import { aScene } from './setting.js';

const DONE_WITHIN_MS = 20_000;

export function frozen(rig: () => Rig): void {
  describe('two of a service', () => {
    const scene = aScene(rig, 6);
    let second: { stop: () => Promise<void> };
    beforeAll(async () => {
      second = await rig().second('fanout');
    }, 60_000);
    afterAll(() => second?.stop(), 60_000);

    it('F-03 F-41 a fanout frozen amid its deliveries, past its leases, thaws beside the one that took them over: no effect twice', async () => {
      const people = await scene().people(7);
      // The answers come while it is frozen: it will read them when its leases are another's.
      for (const application of scene().applications) application.behaviour = { afterMs: 300 };
      const kills = await Promise.all(people.slice(1).map((person) => scene().terminate(person)));
      const sids = new Set(kills.flatMap(({ covers }) => covers.map(({ sid }) => sid)));
      const told = () =>
        scene()
          .applications.flatMap(({ journal }) => journal)
          .filter(({ claims }) => sids.has(claims.sid!));
      await until('the first are told', () => told().length > 0);
      rig().signal('fanout', 'SIGSTOP');

      await scene().oracle.settled(DONE_WITHIN_MS); // by the other alone
      rig().signal('fanout', 'SIGCONT');
      await scene().quiet();
      expect(await scene().oracle.violations({ again: true })).toEqual([]);

      // Both are of use afterwards.
      const [last] = await scene().people(1);
      await scene().terminate(last!);
      await scene().oracle.settled(DONE_WITHIN_MS);
      expect(await scene().oracle.violations()).toEqual([]);
    }, 120_000);
  });
}
