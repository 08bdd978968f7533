import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../support/random.js';
import { Rig } from '../support/rig.js';
import { Scene, type Person } from '../support/scene.js';
import { nameOf, planOf, type Fault } from './plan.js';

const SEED = Number(process.env.CURFEW_CHAOS_SEED ?? 1);
const MINUTES = Number(process.env.CURFEW_CHAOS_MINUTES ?? 5);
const APPLICATIONS = 6;
/** Of the steady load: somebody comes, somebody is ended. */
const EVERY_MS = 500;
/** Once all is well again the backlog drains and everything is ready within 30 s (I9); with a deadline of 60 s to spare. */
const DRAINED_WITHIN_MS = 90_000;

let rig: Rig;
let scene: Scene;
let began: number;
const timeline = (text: string): void => {
  process.stderr.write(`  ${((Date.now() - began) / 1000).toFixed(1).padStart(7)} s  ${text}\n`);
};

beforeAll(async () => {
  rig = await Rig.start('distributed');
  scene = await Scene.set(rig.curfew, APPLICATIONS);
}, 240_000);
afterAll(async () => {
  await scene?.close();
  await rig?.stop();
}, 60_000);

it(
  `random faults of seed ${SEED} for ${MINUTES} minutes, under load: I1 to I6, I9`,
  async () => {
    const plan = planOf(new Random(SEED), { minutes: MINUTES, applications: APPLICATIONS });
    process.stderr.write(`seed ${SEED}: ${plan.length} faults in ${MINUTES} minutes\n`);
    began = Date.now();
    const load = new Load(new Random(SEED + 1));
    const faults = plan.map(async (fault) => {
      await sleep(fault.atMs);
      await inflict(fault);
    });
    await sleep(MINUTES * 60_000);
    await Promise.all(faults);
    timeline('all faults are lifted');
    const { people, kills } = await load.end();
    const liftedAt = Date.now();
    await scene.oracle.settled(DRAINED_WITHIN_MS);
    timeline(`${people} people, ${kills} kills, all settled ${Date.now() - liftedAt} ms after the last fault`);
    expect(await scene.oracle.violations({ again: true })).toEqual([]);
    timeline('everything holds');
  },
  (MINUTES + 8) * 60_000,
);

/** People come to work and are ended, in every way there is, whatever happens. */
class Load {
  private readonly present: Person[] = [];
  private readonly working = new Set<Promise<unknown>>();
  private readonly failures: unknown[] = [];
  private people = 0;
  private kills = 0;
  private going = true;
  private readonly running: Promise<void>;

  constructor(private readonly random: Random) {
    this.running = this.run();
  }

  /** Throws what a caller was told that he should not have been told. */
  async end(): Promise<{ people: number; kills: number }> {
    this.going = false;
    await this.running;
    await Promise.all(this.working);
    if (this.failures.length > 0) throw new AggregateError(this.failures, String(this.failures[0]));
    return { people: this.people, kills: this.kills };
  }

  private async run(): Promise<void> {
    for (; this.going; await sleep(EVERY_MS)) {
      if (this.working.size > 40) continue; // they wait for what is down; no more need to
      this.start(async () => {
        this.present.push(...(await scene.people(1)));
        this.people++;
      });
      if (this.present.length > 5) this.start(() => this.kill());
    }
  }

  private start(work: () => Promise<void>): void {
    const done = work()
      .catch((error: unknown) => this.failures.push(error))
      .finally(() => this.working.delete(done));
    this.working.add(done);
  }

  private async kill(): Promise<void> {
    const [person] = this.present.splice(this.random.below(this.present.length), 1);
    const soon = new Date(Date.now() + 1_000 + this.random.below(3_000)).toISOString();
    const how = this.random.pick([
      () => scene.terminate(person!),
      () => scene.terminate(person!, { effectiveAt: soon }),
      () => scene.compromise(person!),
      () => scene.revoke(person!),
      () => Promise.all([scene.revoke(person!), scene.terminate(person!)]),
    ]);
    await how();
    this.kills++;
  }
}

async function inflict(fault: Fault): Promise<void> {
  timeline(nameOf(fault));
  switch (fault.kind) {
    case 'crash': {
      const reached = await rig.crash(fault.point, { downMs: fault.forMs, times: fault.twice ? 2 : 1 });
      if (!reached) timeline(`${fault.point} was not reached`);
      return;
    }
    case 'kill':
      return rig.kill(fault.service, fault.forMs);
    case 'freeze':
      rig.signal(fault.service, 'SIGSTOP');
      await sleep(fault.forMs);
      return rig.signal(fault.service, 'SIGCONT');
    case 'server': {
      const server = rig.servers[fault.server];
      server.signal(fault.signal);
      await sleep(fault.forMs);
      return fault.signal === 'SIGSTOP' ? server.signal('SIGCONT') : server.restart();
    }
    case 'flush':
      return rig.servers.redis.flush();
    case 'application': {
      const application = scene.applications[fault.index]!;
      application.behaviour = fault.how === 503 ? { status: 503 } : fault.how;
      await sleep(fault.forMs);
      application.behaviour = {};
    }
  }
}
