import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { Entry } from '../../demo/journal.js';
import { Curfew } from '../support/curfew.js';
import { until } from '../support/until.js';
import { storyOf, type Story } from './story.js';
import { Place, READY_WITHIN_MS, signal, type Command } from './terminal.js';

jest.setTimeout(READY_WITHIN_MS + 60_000);

const UP = 'Ctrl-C stops it';
/** The issue says 5 s; a machine that does much besides takes longer, a start that hangs far longer. */
const SECOND_START_MS = 45_000;

interface Chain {
  readonly target: { readonly kind: string; readonly id: string };
  readonly state: string;
  readonly timeline: { readonly requestedAt: string };
  readonly sessions: readonly {
    readonly sid: string;
    readonly clientId: string;
    readonly delivery: { readonly state: string } | null;
  }[];
}

/** Asks each service something that takes the key. */
async function statuses(place: Place, key = place.bootstrapKey): Promise<number[]> {
  const curfew = new Curfew(place.endpoints!, key);
  const asked = [
    curfew.ask('signals', 'GET', '/v1/signals'),
    curfew.ask('policy', 'GET', '/v1/api-keys'),
    curfew.ask('registry', 'GET', '/v1/subjects'),
    curfew.ask('fanout', 'GET', '/v1/applications'),
    curfew.ask('audit', 'GET', '/v1/audit'),
  ];
  return (await Promise.all(asked)).map(({ status }) => status);
}
const ALL_GOOD = [200, 200, 200, 200, 200];

const written = (place: Place, command: Command) =>
  until('endpoints.json is there', () => place.endpoints !== undefined || !command.runs, READY_WITHIN_MS);

function journalOf(place: Place, clientId: string): Entry[] {
  const text = place.file('demo', 'applications', clientId, 'journal.ndjson') ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry);
}

const revocationOf = (story: Story): string => /revocations\/([0-9a-f-]{36})$/.exec(story.curls[0]!)![1]!;

/** What was printed, what each application wrote down, and what the API says of it: three books that must agree. */
async function expectAgreement(place: Place, story: Story): Promise<Chain> {
  const { curfew } = place;
  const chain = await until('every answer is on record', async () => {
    const found = await curfew.call<Chain>('registry', 'GET', `/v1/revocations/${revocationOf(story)}`);
    return found.sessions.every(({ delivery }) => /^(accepted|confirmed)$/.test(delivery?.state ?? '')) && found;
  });
  const { kind, id: subject } = chain.target;
  expect(kind).toBe('subject');
  const person = await curfew.call<{ identifiers: object }>('registry', 'GET', `/v1/subjects/${subject}`);
  expect(person.identifiers).toMatchObject({ employeeId: story.employeeId });

  const { items } = await curfew.call<{ items: { clientId: string; name: string }[] }>(
    'fanout',
    'GET',
    '/v1/applications',
  );
  const journals = new Map(items.map(({ clientId }) => [clientId, journalOf(place, clientId)]));
  expect(journals.size).toBe(23);
  const told = (clientId: string, sids: ReadonlySet<string>) =>
    journals.get(clientId)!.filter((entry) => entry.kind === 'told' && entry.sid !== null && sids.has(entry.sid));

  const sentAt = new Set<number>();
  let goneAt = 0;
  for (const { application, ended, toldAfter, answer } of story.rows) {
    const { clientId } = items.find(({ name }) => name === application)!;
    const known = chain.sessions.filter((session) => session.clientId === clientId);
    const entries = told(clientId, new Set(known.map(({ sid }) => sid)));
    const wrote = entries.flatMap((entry) => (entry.kind === 'told' ? [entry] : []));
    expect([known.length, wrote.length, wrote.reduce((sum, entry) => sum + entry.ended, 0)]).toEqual(
      Array(3).fill(Number(ended)),
    );
    const last = Math.max(...wrote.map(({ arrivedAt }) => Date.parse(arrivedAt)));
    sentAt.add(last - Number(toldAfter.replace(' ms', '')));
    goneAt = Math.max(goneAt, ...wrote.map(({ endedAt }) => Date.parse(endedAt)));
    const answers = new Set(
      wrote.map((entry) => (wrote.length > 1 ? `${entry.answer} (${ended} times)` : entry.answer)),
    );
    expect([...answers]).toEqual([answer]);
    const state = answer.startsWith('200, signed receipt') ? 'confirmed' : 'accepted';
    expect(new Set(known.map(({ delivery }) => delivery!.state))).toEqual(new Set([state]));
  }

  expect([...sentAt]).toHaveLength(1); // every row counts from the same instant
  expect(Date.parse(chain.timeline.requestedAt)).toBeGreaterThanOrEqual([...sentAt][0]!);
  const live = [...journals].flatMap(([clientId, entries]) => {
    const opened = entries.flatMap((entry) => (entry.kind === 'opened' && entry.person === subject ? [entry.sid] : []));
    const over = told(clientId, new Set(opened)).map((entry) => entry.kind === 'told' && entry.sid);
    return opened.filter((sid) => !over.includes(sid));
  });
  const { rows, sum } = story;
  expect(sum).toEqual([rows.length, rows.length, chain.sessions.length, live.length, goneAt - [...sentAt][0]!]);
  expect(live).toEqual([]);
  expect(await curfew.sessions({ subject, status: 'live' })).toEqual([]);
  return chain;
}

describe('npm start', () => {
  const place = new Place(5_300);
  let running: Command;
  let whenWritten: number[];
  let first: { story: Story; chain: Chain };
  beforeAll(async () => {
    running = place.npm(['start']);
    await written(place, running);
    whenWritten = running.runs ? await statuses(place) : [];
    await running.says(UP);
  });
  afterAll(() => place.clear());

  it('plays the main job: what it prints is what the applications wrote down and what the API says', async () => {
    const story = storyOf(running.output);
    first = { story, chain: await expectAgreement(place, story) };
    expect(story.sum.slice(0, 2)).toEqual([23, 23]);
    expect(running.complaints).toEqual([]);
  });

  it('prints three lines to try that work', async () => {
    const { curls } = first.story;
    const live = () => place.curfew.sessions({ status: 'live' });
    const before = (await live()).length;
    const answers = curls.map(
      (line) => JSON.parse(execFileSync('sh', ['-c', line], { encoding: 'utf8' })) as Record<string, unknown>,
    );
    expect(answers).toMatchObject([
      { revocationId: revocationOf(first.story), state: 'settled', ended: first.chain.sessions.length },
      { sessions: expect.any(Number) as number, planToken: expect.any(String) as string },
      { valid: true, faults: [] },
    ]);
    expect(answers[1]!.sessions).toBeGreaterThan(0);
    expect(await live()).toHaveLength(before); // a dry run
  });

  it('writes endpoints.json when the key works at every service, and not before; then it stays up', async () => {
    expect(whenWritten).toEqual(ALL_GOOD);
    const services = ['signals', 'policy', 'registry', 'fanout', 'audit', 'console'];
    expect(Object.keys(place.endpoints!)).toEqual(services);
    const [pid] = place.pidsOf(path.join('embedded', 'main.js'));
    for (const service of services)
      expect(place.endpoints).toHaveProperty(service, { url: 'http://127.0.0.1:5300', pid });
    expect(running.runs).toBe(true);
    expect(await statuses(place)).toEqual(ALL_GOOD);
    expect(await statuses(place, 'another-key-0123456789')).toEqual([401, 401, 401, 401, 401]);
  });

  describe('refuses in one line', () => {
    const other = new Place(5_310);
    afterAll(() => other.clear());

    it.each([
      ['an option it does not know', ['--demo=no'], {}, '--demo=no'],
      ['a port that is none', [], { CURFEW_BASE_PORT: '80a' }, '80a'],
      ['a port out of range', [], { CURFEW_BASE_PORT: '65536' }, '65536'],
      ['a port that is taken', [], { CURFEW_BASE_PORT: '5300' }, 'Port 5300'],
      ['a data directory that can be none', [], { CURFEW_DATA_DIR: '/dev/null/x' }, '/dev/null/x'],
      ['a data directory in use', [], { CURFEW_DATA_DIR: place.dataDir }, place.dataDir],
    ])('%s', async (_what, options, env, named) => {
      const before = place.endpoints;
      const refused = other.npm(['start', '--', ...options], env);
      expect(await refused.ended).toBeGreaterThan(0);
      expect(refused.complaints).toEqual([expect.stringContaining(named)]);
      await other.nothingLeft();
      // Whoever was there first has not noticed.
      expect(place.endpoints).toEqual(before);
      expect(await statuses(place)).toEqual(ALL_GOOD);
    });
  });

  it('leaves nothing behind on Ctrl-C', async () => {
    running.ctrlC();
    await running.ended;
    await place.nothingLeft();
    expect(running.complaints).toEqual([]);
    expect(place.endpoints).toBeUndefined(); // nothing says that it runs
  });

  it('a second time keeps the data, and another person leaves; SIGTERM to npm leaves nothing behind', async () => {
    running = place.npm(['start']);
    const ms = await running.says(UP);
    console.log(`A second start with its demo took ${ms} ms (the issue says at most 5,000 on a quiet machine)`);
    expect(ms).toBeLessThan(SECOND_START_MS);

    const story = storyOf(running.output);
    const { target } = await expectAgreement(place, story);
    expect(target.id).not.toBe(first.chain.target.id);
    const { curfew } = place;
    const path = `/v1/revocations/${revocationOf(first.story)}`;
    expect(await curfew.call<Chain>('registry', 'GET', path)).toEqual(first.chain);
    expect(await curfew.call('audit', 'GET', '/v1/audit/verify')).toMatchObject({ valid: true, faults: [] });

    running.signal('SIGTERM');
    await place.nothingLeft();
  });

  const deaths: readonly (readonly [string, (command: Command) => void])[] = [
    ['kill -9 of npm', ({ pid }) => signal(pid, 'SIGKILL')],
    ['kill -9 of the node script', () => signal(place.scriptPid, 'SIGKILL')],
  ];
  it.each(deaths)('leaves nothing behind after %s', async (_way, die) => {
    running = place.npm(['start']);
    await written(place, running); // and now the demo is being played
    expect(place.processes.length).toBeGreaterThan(3);
    die(running);
    await place.nothingLeft();
  });

  it('leaves nothing behind when it is ended while it starts', async () => {
    running = place.npm(['start']);
    await running.says('services …');
    running.ctrlC();
    await place.nothingLeft();
  });

  it('starts on the same data, and at once, after kill -9 of everything', async () => {
    running = place.npm(['start']);
    await written(place, running);
    place.killEverything();

    running = place.npm(['start']);
    await running.says(UP);
    const { target } = await expectAgreement(place, storyOf(running.output));
    expect(target.id).not.toBe(first.chain.target.id);
    expect(await place.curfew.call('audit', 'GET', '/v1/audit/verify')).toMatchObject({ valid: true, faults: [] });

    signal(place.scriptPid, 'SIGTERM');
    await running.ended;
    await place.nothingLeft();
  });
});

describe('npm start -- --no-demo', () => {
  const place = new Place(5_312);
  afterAll(() => place.clear());

  it('starts empty', async () => {
    const running = place.npm(['start', '--', '--no-demo']);
    await running.says(UP);
    expect(storyOf(running.output)).toEqual({ employeeId: '', rows: [], sum: [], curls: [] });
    const lists = [
      ['signals', '/v1/signals'],
      ['registry', '/v1/subjects'],
      ['registry', '/v1/sessions'],
      ['fanout', '/v1/applications'],
    ] as const;
    for (const [service, list] of lists)
      expect(await place.curfew.call(service, 'GET', list)).toMatchObject({ items: [] });
    // Nor may deliveries go where the demo's applications would be.
    const local = { clientId: 'a', name: 'A', backchannelLogoutUri: 'http://127.0.0.1:9/logout' };
    expect(await place.curfew.ask('fanout', 'POST', '/v1/applications', local)).toMatchObject({
      body: { code: 'destination_forbidden' },
    });
    running.ctrlC();
    await place.nothingLeft();
  });
});
