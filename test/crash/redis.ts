import type { Rig } from '../support/rig.js';
import type { Person } from '../support/scene.js';
import { aScene } from './setting.js';

const BITES_WITHIN_MS = 3_000;
const DONE_WITHIN_MS = 10_000;

export function redisFaults(rig: () => Rig): void {
  describe('Redis', () => {
    const scene = aScene(rig, 4);
    let longDead: Person;
    beforeAll(async () => {
      [longDead] = (await scene().people(1)) as [Person];
      await scene().terminate(longDead);
      await scene().oracle.settled(30_000);
    }, 60_000);

    describe.each([
      ['F-30 flushed', () => rig().servers.redis.flush(), async () => undefined],
      ['F-31 down', async () => rig().servers.redis.signal('SIGKILL'), () => rig().servers.redis.restart()],
      [
        'F-31 frozen',
        async () => rig().servers.redis.signal('SIGSTOP'),
        async () => rig().servers.redis.signal('SIGCONT'),
      ],
    ])('%s', (_, fault, lift) => {
      it('a kill over HTTP bites within 3 s all the same, and nobody who was dead is let in meanwhile', async () => {
        const [first, second, bystander] = await scene().people(3);
        const alive: string[] = [];
        let watching = true;
        const watch = (async () => {
          while (watching)
            for (const { sid, clientId } of longDead.sessions)
              if ((await scene().curfew.introspect(sid, clientId)).active) alive.push(sid);
        })();

        await fault();
        const kills = [await scene().revoke(first!)];
        await scene().bites(kills, BITES_WITHIN_MS);
        const { sid, clientId } = bystander!.sessions[0]!;
        expect(await scene().curfew.introspect(sid, clientId)).toMatchObject({ active: true });
        kills.push(await scene().terminate(second!));
        await lift();
        await scene().oracle.settled(DONE_WITHIN_MS);
        await scene().bites(kills, BITES_WITHIN_MS);

        watching = false;
        await watch;
        expect(alive).toEqual([]);
        expect(await scene().oracle.violations({ again: true })).toEqual([]);
      }, 60_000);
    });
  });
}
