import type { Service } from '../support/form.js';
import type { Rig } from '../support/rig.js';
import { until } from '../support/until.js';
import { aScene } from './setting.js';

const DONE_WITHIN_MS = 10_000;

/** One of each service, as a caller would send it. */
const REQUESTS: readonly (readonly [Service, string, string, unknown?])[] = [
  ['signals', 'POST', '/v1/signals', { type: 'employment.terminated', eventId: 'x', subject: { id: 'x' } }],
  ['policy', 'GET', '/v1/policies/default'],
  ['registry', 'POST', '/v1/revocations', { target: { subject: 'x' }, reason: 'x' }],
  ['registry', 'GET', '/v1/sessions'],
  ['fanout', 'GET', '/v1/applications'],
  ['audit', 'GET', '/v1/audit'],
];

export function postgresKilled(rig: () => Rig): void {
  describe('PostgreSQL', () => {
    const scene = aScene(rig, 6);

    it('F-20 PostgreSQL killed amid kills: 503 with Retry-After meanwhile; once it is back nothing is lost, nothing done twice', async () => {
      const people = await scene().people(9);
      const kill = people
        .slice(1)
        .map((person, index) =>
          [scene().terminate, scene().compromise, scene().revoke][index % 3]!.call(scene(), person),
        );
      await Promise.any(kill); // some are accepted, the others are in the middle of it
      rig().postgres.signal('SIGKILL');

      for (const [service, method, path, body] of REQUESTS) {
        const said = body && { ...body, occurredAt: new Date().toISOString() };
        await until(`${method} ${path} is refused with 503`, async () => {
          const { status, headers } = await scene().curfew.ask(service, method, path, said);
          return status === 503 && Number(headers['retry-after']) > 0;
        });
      }
      await rig().postgres.restart();
      const backAt = Date.now();

      const kills = await Promise.all(kill);
      await scene().oracle.settled(DONE_WITHIN_MS);
      process.stderr.write(
        `${rig().name} PostgreSQL killed: the last told ${scene().oracle.lastToldAt(kills) - backAt} ms after it was back\n`,
      );
      expect(await scene().oracle.violations()).toEqual([]);
    }, 120_000);
  });
}
