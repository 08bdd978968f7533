import { startBacking, type Backing } from '../../scripts/backing.mjs';
import type { Endpoints, Service } from '../support/form.js';
import { until } from '../support/until.js';
import { Place, READY_WITHIN_MS, signal, type Command } from './terminal.js';

jest.setTimeout(READY_WITHIN_MS + 60_000);

const SERVICE = '/main.js';
const READY = 'End: Ctrl-C';

const pidsOf = (endpoints: Endpoints) =>
  Object.fromEntries(Object.entries(endpoints).map(([name, { pid }]) => [name, pid])) as Record<Service, number>;

describe('npm run stack', () => {
  const place = new Place(5_320);
  let running: Command;
  let backing: Backing;
  const servers = () => [backing.kafka.pid, backing.postgres.pid, backing.redis.pid];
  const start = async () => {
    running = place.npm(['run', 'stack']);
    await running.says(READY);
  };
  /** A line typed in another terminal. */
  const stack = async (...args: readonly string[]) => {
    const command = place.npm(['run', 'stack', '--', ...args]);
    return { code: await command.ended, said: command.output, complaints: command.complaints };
  };

  beforeAll(async () => {
    await start();
    backing = await startBacking({ dataDir: place.dataDir, env: {} });
  });
  afterAll(() => place.clear());

  it('stays in the foreground, with a process for each service, on servers of its own', async () => {
    expect(running.runs).toBe(true);
    const pids = Object.values(pidsOf(place.endpoints!));
    expect(new Set(pids).size).toBe(6);
    expect(place.pidsOf(SERVICE).sort()).toEqual(pids.sort());
    expect([backing.kafka.reused, backing.postgres.reused, backing.redis.reused]).toEqual([true, true, true]);
    await place.curfew.call('registry', 'PUT', '/v1/subjects/ada', { groups: ['kept'] });
  });

  it.each(['--kill', ''])('restart fanout %s: another process for fanout, and for no other', async (option) => {
    const { fanout, ...others } = pidsOf(place.endpoints!);
    const { code, said } = await stack('restart', 'fanout', ...(option ? [option] : []));
    expect(said).toContain('fanout is ready');
    expect(code).toBe(0);
    const { fanout: another, ...same } = pidsOf(place.endpoints!);
    expect(another).not.toBe(fanout);
    expect(place.pidsOf(SERVICE)).toContain(another);
    expect(place.pidsOf(SERVICE)).not.toContain(fanout);
    expect(same).toEqual(others);
    await place.curfew.call('fanout', 'GET', '/v1/applications');
  });

  it.each([
    ['a service there is none of', ['restart', 'identity'], 'Unknown: identity'],
    ['a command there is none of', ['halt'], 'Usage: npm run stack'],
  ])('refuses %s, and goes on', async (_what, args, named) => {
    const before = place.endpoints;
    const { code, complaints } = await stack(...args);
    expect(code).toBeGreaterThan(0);
    expect(complaints[0]).toContain(named);
    expect(place.endpoints).toEqual(before);
  });

  it('a second one on the same data is refused in one line', async () => {
    const { code, complaints } = await stackAgain();
    expect(code).toBeGreaterThan(0);
    expect(complaints).toEqual([expect.stringContaining(`${place.dataDir} is in use by process ${place.scriptPid}`)]);
    expect(running.runs).toBe(true);

    async function stackAgain() {
      const command = place.npm(['run', 'stack']);
      return { code: await command.ended, complaints: command.complaints };
    }
  });

  it('after kill -9 its services end, what they stand on does not, and the next one takes that over', async () => {
    const before = { servers: servers(), services: Object.values(pidsOf(place.endpoints!)) };
    expect(before.servers.every(Boolean)).toBe(true);
    signal(place.scriptPid, 'SIGKILL');
    await start(); // at once

    expect(servers()).toEqual(before.servers);
    expect(running.output.match(/taken over/g)).toHaveLength(3);
    const services = place.pidsOf(SERVICE);
    expect(services.sort()).toEqual(Object.values(pidsOf(place.endpoints!)).sort());
    expect(services.filter((pid) => before.services.includes(pid))).toEqual([]);
    expect(await place.curfew.call('registry', 'GET', '/v1/subjects/ada')).toMatchObject({ groups: ['kept'] });
  });

  it('stops what it started on SIGTERM to npm', async () => {
    running.signal('SIGTERM');
    await place.nothingLeft();
    expect(place.endpoints).toBeUndefined();
  });

  it('clears away by `-- stop` what a stack left that was killed while it started', async () => {
    running = place.npm(['run', 'stack']);
    await running.says('signals, policy'); // the servers run, the services are about to
    signal(place.scriptPid, 'SIGKILL');
    await running.ended;
    const { code, said } = await stack('stop');
    expect(said).toContain('nothing of it is left');
    expect(code).toBe(0);
    await until('it is as it says', () => place.processes.length === 0, 20_000);
  });

  it('is stopped from elsewhere, and has kept the data', async () => {
    await start();
    expect(await place.curfew.call('registry', 'GET', '/v1/subjects/ada')).toMatchObject({ groups: ['kept'] });
    const { code, said } = await stack('stop');
    expect(said).toContain('Stopped.');
    expect(code).toBe(0);
    expect(await running.ended).toBe(0);
    await place.nothingLeft();
  });
});
