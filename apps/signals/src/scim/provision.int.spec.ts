import { randomUUID } from 'node:crypto';
import { DirectoryPersonChangedV1, type CurfewEvent } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { openServiceDatabase, type ServiceDatabase } from '@curfew/testing';
import { GuardSource } from '../guard/guard-source.js';
import { GuardStore } from '../guard/guard.store.js';
import { ReceiveSignal } from '../signal/receive-signal.js';
import { SignalStore } from '../signal/signal.store.js';
import { signals } from '../signals.module.js';
import type { DirectoryPerson } from './directory.js';
import { ProvisionGroups } from './provision-groups.js';
import { ProvisionUsers } from './provision-users.js';
import { ScimStore } from './scim.store.js';
import { TellDirectory, type Directory } from './tell-directory.js';

const COPIES = 10;
const off = { Operations: [{ op: 'replace', value: { active: false } }] };
const on = { Operations: [{ op: 'replace', value: { active: true } }] };

describe('a directory on real PostgreSQL', () => {
  let db: ServiceDatabase;
  beforeAll(async () => {
    db = await openServiceDatabase('signals', signals.migrations);
  });
  afterAll(() => db.close());

  /** Each call as another instance has it: what keeps them apart is PostgreSQL, not a turn within one process. */
  const instance = () => {
    const unitOfWork = new UnitOfWork(db.dataSource, 'signals', () => undefined);
    const store = new ScimStore();
    const tell = new TellDirectory(
      new ReceiveSignal(unitOfWork, new SignalStore(db.sweeper), new GuardSource(new GuardStore(db.sweeper))),
    );
    return {
      users: new ProvisionUsers(unitOfWork, store, tell),
      groups: new ProvisionGroups(unitOfWork, store, tell),
    };
  };
  const newDirectory = (): Directory => ({ tenant: randomUUID(), source: 'okta', actor: 'source:okta' });
  const told = async ({ tenant }: Directory): Promise<CurfewEvent[]> =>
    (
      await db.owner.query<{ message: string }>('SELECT message FROM outbox WHERE tenant = $1 ORDER BY id', [tenant])
    ).rows.map(({ message }) => JSON.parse(message) as CurfewEvent);
  const signalsOf = async (directory: Directory): Promise<string[]> =>
    (await told(directory)).flatMap(({ data }) => (data as { signalType?: string }).signalType ?? []);
  const inParallel = (work: (at: number) => Promise<unknown>) =>
    Promise.all(Array.from({ length: COPIES }, (_, at) => work(at)));

  it('N-13 one termination for an edge, however many say it at once', async () => {
    const directory = newDirectory();
    const { id } = await instance().users.create(directory, { userName: 'ada' });
    await inParallel(() => instance().users.patch(directory, id, off));
    expect(await signalsOf(directory)).toEqual(['employment.terminated']);
    await inParallel(() => instance().users.patch(directory, id, on));
    expect(await signalsOf(directory)).toEqual(['employment.terminated', 'employment.rehired']);
  });

  it('facts count in the order they were made, whatever clock the machines have', async () => {
    const directory = newDirectory();
    const { id } = await instance().users.create(directory, { userName: 'ada' });
    await inParallel((at) => instance().users.patch(directory, id, at % 2 === 0 ? off : on));
    const facts = (await told(directory)).filter(({ data }) => 'signalType' in (data as object));
    const sequences = facts.map(({ data }) => (data as { order: { sequence: number } }).order.sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    const types = facts.map(({ data }) => (data as { signalType: string }).signalType);
    expect(types).toEqual(types.map((_, at) => (at % 2 === 0 ? 'employment.terminated' : 'employment.rehired')));
  });

  it('one user of a name, however many are made at once', async () => {
    const directory = newDirectory();
    const made = await Promise.allSettled(
      Array.from({ length: COPIES }, (_, at) =>
        instance().users.create(directory, { userName: at % 2 ? 'Ada' : 'aDA' }),
      ),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of made) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'scim_conflict' });
  });

  it('who is put into ten groups at once is in ten at the end, and the last that is told says so', async () => {
    const directory = newDirectory();
    const { id } = await instance().users.create(directory, { userName: 'ada' });
    await inParallel((at) => instance().groups.create(directory, { displayName: `g${at}`, members: [{ value: id }] }));
    const people = (await told(directory)).filter(({ type }) => type === DirectoryPersonChangedV1.type);
    const last = people.at(-1)!.data as DirectoryPerson;
    expect([...last.groups].sort()).toEqual(Array.from({ length: COPIES }, (_, at) => `g${at}`));
    expect(people.map(({ data }) => (data as DirectoryPerson).groups.length)).toEqual(
      Array.from({ length: COPIES + 1 }, (_, at) => at),
    );
  });

  it('leaves nothing of a request that is refused half-way', async () => {
    const directory = newDirectory();
    const { id } = await instance().users.create(directory, { userName: 'ada' });
    const before = (await told(directory)).length;
    const mixed = [
      { op: 'add', path: 'members', value: [{ value: id }] },
      { op: 'add', path: 'members', value: [{ value: randomUUID() }] },
    ];
    const { id: group } = await instance().groups.create(directory, { displayName: 'g' });
    await expect(
      instance().groups.patch(directory, group, { Operations: mixed }, { ifMatch: undefined, members: true }),
    ).rejects.toMatchObject({ code: 'scim_invalid' });
    expect(await told(directory)).toHaveLength(before);
    const { rows } = await db.owner.query('SELECT 1 FROM scim_members WHERE tenant = $1', [directory.tenant]);
    expect(rows).toEqual([]);
  });

  it('an identical PUT changes nothing and tells nobody', async () => {
    const directory = newDirectory();
    const resource = { userName: 'ada', emails: [{ value: 'a@acme.example' }], active: true };
    const user = await instance().users.create(directory, resource);
    const before = await told(directory);
    expect((await instance().users.replace(directory, user.id, resource)).version).toBe(user.version);
    expect((await instance().users.replace(directory, user.id, { ...resource, title: 'X' })).version).not.toBe(
      user.version,
    );
    expect(await told(directory)).toHaveLength(before.length + 1);
  });
});
