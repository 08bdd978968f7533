import { SERVICES } from '@curfew/contracts';
import type { Rig } from '../support/rig.js';
import { Random } from '../support/random.js';
import { Topics } from '../support/topics.js';
import { aScene } from './setting.js';

export function duplicates(rig: () => Rig): void {
  describe('F-14 F-15 F-18 what was handled is handled: nothing changes', () => {
    const scene = aScene(rig, 4);
    let topics: Topics;
    beforeAll(async () => {
      topics = new Topics(rig().servers.kafka.brokers);
      const people = await scene().people(6);
      await Promise.all([
        scene().terminate(people[1]!),
        scene().terminate(people[2]!),
        scene().compromise(people[3]!),
        scene().revoke(people[4]!),
      ]);
      await scene().terminate(people[4]!); // what another has ended before
      await scene().oracle.settled(30_000);
    }, 60_000);

    /** What could change, outside and inside. */
    async function state(): Promise<unknown> {
      await scene().quiet();
      const { curfew, applications } = scene();
      const trail = await curfew.call<string>('audit', 'GET', '/v1/audit/export?format=ndjson');
      return {
        journals: applications.map(({ journal }) => journal.length),
        trail: trail.split('\n').length,
        revocations: await curfew.call('registry', 'GET', '/v1/revocations'),
        signals: await curfew.call('signals', 'GET', '/v1/signals'),
        deliveries: await curfew.call('fanout', 'GET', '/v1/deliveries'),
        sessions: await curfew.call('registry', 'GET', '/v1/sessions'),
      };
    }

    it('when every message of every topic comes three times more, in any order, across partitions and within them', async () => {
      const before = await state();
      const messages = await topics.messages();
      const random = new Random(14);
      await topics.send(random.shuffled([...messages, ...messages, ...messages]));
      await topics.consumed();
      expect(await state()).toEqual(before);
      expect(await scene().oracle.violations({ again: true })).toEqual([]);
    }, 120_000);

    it('when every consumer group reads every topic from offset 0 again', async () => {
      const before = await state();
      await Promise.all(SERVICES.map((service) => rig().end(service)));
      await topics.forgetOffsets();
      await rig().restart(SERVICES);
      await topics.consumed();
      expect(await state()).toEqual(before);
      expect(await scene().oracle.violations({ again: true })).toEqual([]);
    }, 120_000);
  });
}
