import type { Kill } from '../support/oracle.js';
import type { Death, Point, Rig } from '../support/rig.js';
import type { Scene, Person } from '../support/scene.js';
import { aScene } from './setting.js';

const APPLICATIONS = 6;
/** AT_ONCE of the registry (start-revocation.ts) is one batch. */
const MORE_THAN_A_BATCH = 510;
const DONE_WITHIN_MS = 10_000;

interface Round {
  readonly points: readonly Point[];
  /** Default: people terminated, a device compromised, somebody revoked over HTTP, all at once. */
  readonly trigger?: (scene: Scene, people: readonly Person[]) => Promise<Kill[]>;
  /** These services handle other messages too: the kill's is to be the one. */
  readonly quiet?: true;
}

/**
 * In a round each service dies once at the most. Where a kill waits for the one that died, they die one after the other,
 * as the kill comes to each; the rest die side by side.
 */
const ROUNDS: readonly Round[] = [
  { points: ['S1@signals', 'S7@fanout'] },
  { points: ['S2@signals', 'S8@fanout'] },
  { points: ['S3@signals', 'S3@policy', 'S3@registry', 'S3@fanout', 'S3@audit'] },
  { points: ['S4@signals', 'S4@policy', 'S4@registry', 'S4@fanout', 'S4@audit'] },
  { points: ['S5@signals', 'S5@policy', 'S5@registry', 'S5@fanout'], quiet: true },
  { points: ['S6@signals', 'S6@policy', 'S6@registry', 'S6@fanout'], quiet: true },
  { points: ['S9@fanout', 'S11@audit'] },
  { points: ['S13@signals', 'S10@fanout', 'S12@audit'], trigger: soon },
  { points: ['S15@registry', 'S16@signals'], trigger: applicationAndShift },
];

/** Kills at each crash point, each of them dead for so long and so many times in a row. */
export function crashRounds(rig: () => Rig, death: Death): void {
  const [down, limitMs] = [death.downMs / 1000, 120_000 + 5 * (death.downMs + 20_000) * death.times];
  const name = `F-01 kill -9 at each crash point${death.times > 1 ? ', twice in a row' : ''}, restart after ${down} s`;

  describe(`${name}: everybody told, each effect once, done within 10 s, audited`, () => {
    const scene = aScene(rig, APPLICATIONS);
    const report: string[] = [];
    afterAll(() => void process.stderr.write(`${report.join('\n')}\n`));

    it.each(ROUNDS)(
      '$points',
      async ({ points, trigger = allAtOnce, quiet }) => {
        const people = await scene().people(5);
        if (quiet) await scene().quiet();
        rig().arm(points);

        const triggered = trigger(scene(), people.slice(1));
        const readyAt = await rig().survive(points, death);
        const kills = await triggered;

        await scene().oracle.settled(DONE_WITHIN_MS);
        const settledAfter = Date.now() - readyAt;
        const toldAfter = Math.max(0, scene().oracle.lastToldAt(kills) - readyAt);
        report.push(
          `${rig().name} ${points.join(' ')}: told ${toldAfter} ms, settled ${settledAfter} ms after the restart`,
        );
        expect(await scene().oracle.violations()).toEqual([]);
      },
      limitMs,
    );

    it('after all of it: who was dead is dead, and nobody else', async () => {
      expect(await scene().oracle.violations({ again: true })).toEqual([]);
    }, 60_000);
  });
}

function allAtOnce(at: Scene, [first, second, third, fourth]: readonly Person[]): Promise<Kill[]> {
  return Promise.all([at.terminate(first!), at.terminate(second!), at.compromise(third!), at.revoke(fourth!)]);
}

/** Held by the scheduler until its time has come. */
function soon(at: Scene, people: readonly Person[]): Promise<Kill[]> {
  const effectiveAt = new Date(Date.now() + 1_500).toISOString();
  return Promise.all(people.map((person) => at.terminate(person, { effectiveAt })));
}

/** Half-way: one batch has ended, another has not. And who is on a shift goes home. */
async function applicationAndShift(at: Scene, people: readonly Person[]): Promise<Kill[]> {
  const { clientId, sessions } = await at.crowd(MORE_THAN_A_BATCH);
  const [ended, home] = await Promise.all([at.end({ application: clientId }, sessions), at.goHome(people)]);
  return [ended, ...home];
}
