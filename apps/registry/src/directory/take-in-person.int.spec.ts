import { randomUUID } from 'node:crypto';
import { DirectoryPersonChangedV1, SubjectIdentifierDisputedV1, type DataOf } from '@curfew/contracts';
import { openRegistry, type FakeRegistry } from '../registry.fake.js';
import { SubjectStore } from '../subject/subject.store.js';
import { SourceOf } from '../signal/signal-events.fake.js';

type Person = DataOf<typeof DirectoryPersonChangedV1>;

describe('a person a directory tells of', () => {
  let registry: FakeRegistry;
  let tenant: string;
  const subjects = new SubjectStore();
  beforeAll(async () => {
    registry = await openRegistry();
  });
  afterAll(() => registry.close());
  beforeEach(async () => {
    tenant = await registry.tenant();
  });

  const account = (entryId: string, source = 'scim:okta') => ({ iss: `urn:curfew:${source}`, sub: entryId });
  const event = (data: Person): DirectoryPersonChangedV1 => ({
    specversion: '1.0',
    id: randomUUID(),
    source: '/curfew/signals',
    type: DirectoryPersonChangedV1.type,
    subject: data.account.sub,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    tenant,
    partitionkey: `${tenant}:${data.account.sub}`,
    correlationid: randomUUID(),
    actor: 'source:okta',
    data,
  });
  const tell = (entryId: string, more: Partial<Person> = {}): Promise<void> => {
    const source = more.source ?? 'scim:okta';
    const said: Person = {
      source,
      account: account(entryId, source),
      userName: entryId,
      identifiers: {},
      groups: [],
      attributes: {},
      active: true,
      removed: false,
      ...more,
    };
    return registry.unitOfWork.run(tenant, (tx) => registry.takeInPerson.execute(event(said), tx));
  };
  const subject = (id: string) => registry.unitOfWork.run(tenant, (tx) => subjects.get(tx, id));
  const resolve = (identifier: string) => registry.unitOfWork.run(tenant, (tx) => subjects.resolve(tx, [identifier]));

  it('is created under its user name, found by its account, and stays who it is when it is renamed', async () => {
    await tell('e1', { userName: 'ada', identifiers: { email: 'ada@acme.example' } });
    await tell('e1', { userName: 'ada.byron', identifiers: { email: 'ada.byron@acme.example' } });
    expect(await subject('ada')).toMatchObject({ identifiers: { email: 'ada.byron@acme.example' }, listed: true });
    expect(await resolve('account:urn:curfew:scim:okta|e1')).toBe('ada');
    expect(await subject('ada.byron')).toBeUndefined();
  });

  it('is not the one who had its user name before', async () => {
    await tell('e1', { userName: 'ada' });
    await tell('e1', { userName: 'ada.old' });
    await tell('e2', { userName: 'ada' });
    expect(await resolve('account:urn:curfew:scim:okta|e1')).toBe('ada');
    expect(await resolve('account:urn:curfew:scim:okta|e2')).toBe('e2');
  });

  it('is the same again when it was deleted and comes anew', async () => {
    await tell('e1', { userName: 'ada', groups: ['ward'] });
    await tell('e1', { userName: 'ada', removed: true });
    expect((await subject('ada'))!.groups).toEqual([]);
    await tell('e2', { userName: 'ada', groups: ['ward'] });
    expect(await resolve('account:urn:curfew:scim:okta|e2')).toBe('ada');
    expect(await resolve('account:urn:curfew:scim:okta|e1')).toBe('ada'); // a late kill of the first must find it
  });

  it('takes back only what its own directory has said', async () => {
    await tell('e1', { userName: 'ada', groups: ['a', 'b'], attributes: { region: 'eu' } });
    await tell('x1', { source: 'scim:entra', userName: 'ada', groups: ['b', 'c'], attributes: { clearance: 'high' } });
    await tell('e1', { userName: 'ada', groups: [] });
    expect(await subject('ada')).toMatchObject({ groups: ['b', 'c'], attributes: { clearance: 'high' } });
    await tell('x1', { source: 'scim:entra', userName: 'ada', groups: ['c'] });
    expect(await subject('ada')).toMatchObject({ groups: ['c'], attributes: {} });
  });

  it('an identifier stays with who has it; the trail says that two claim it', async () => {
    await tell('e1', { userName: 'ada', identifiers: { email: 'it@acme.example' } });
    await tell('e2', { userName: 'bob', identifiers: { email: 'IT@acme.example', employeeId: 'E-2' } });
    expect(await resolve('email:it@acme.example')).toBe('ada');
    expect(await subject('bob')).toMatchObject({ identifiers: { employeeId: 'E-2' } });
    expect(await registry.published(tenant, SubjectIdentifierDisputedV1)).toMatchObject([
      { data: { subjectId: 'bob', identifier: 'email:it@acme.example' } },
    ]);
  });

  it('a termination that overtook it applies when it comes', async () => {
    const { events } = new SourceOf(tenant, account('e1'), 'scim:okta').says({
      kind: 'terminated',
      occurredAt: new Date(),
      sequence: 2,
    });
    for (const one of events) await registry.unitOfWork.run(tenant, (tx) => registry.applySignal.execute(one, tx));
    await tell('e1', { userName: 'ada' });
    await expect(registry.open(tenant, 'ada')).rejects.toMatchObject({ code: 'subject_barred' });
  });
});
