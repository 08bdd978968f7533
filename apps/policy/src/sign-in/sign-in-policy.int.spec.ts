import {
  SignInPolicyUpdatedV1,
  SignInProfileUpdatedV1,
  type CurfewEvent,
  type SubjectStateV1,
} from '@curfew/contracts';
import type { Principal } from '@curfew/runtime';
import { openServiceDatabase, type ServiceDatabase } from '@curfew/testing';
import { Directory } from '../directory/directory.js';
import { policy } from '../policy.module.js';
import { FailureStore } from '../protection/failure.store.js';
import { ProtectionStore } from '../protection/protection.store.js';
import { createTenant } from '../tenant/create-tenant.js';
import { TenantStore } from '../tenant/tenant.store.js';
import { ChangeSignInPolicy } from './change-sign-in-policy.js';
import { ChangeSignInProfile } from './change-sign-in-profile.js';
import { FirstSignInPolicy } from './first-sign-in-policy.js';
import { EvaluateSignIn } from './evaluate-sign-in.js';
import { KnownNames } from './known-names.js';
import { SaveSignInPolicy } from './save-sign-in-policy.js';
import { SignInHistoryStore } from './sign-in-history.store.js';
import { SignInPolicyStore } from './sign-in-policy.store.js';
import { SignInProfileStore } from './sign-in-profile.store.js';
import type { RuleRequest } from './sign-in-rule.js';

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: { code?: string; message: string }) => error.code ?? error.message,
  );
const allow: RuleRequest = { name: 'Office', action: 'ALLOW', profile: 'corporate' };

describe('sign-in policies as they are kept', () => {
  let database: ServiceDatabase;
  let policies: ChangeSignInPolicy;
  let profiles: ChangeSignInProfile;
  const store = new SignInPolicyStore();
  const profileStore = new SignInProfileStore();
  const directory = new Directory();
  const history = new SignInHistoryStore();

  beforeAll(async () => {
    database = await openServiceDatabase('policy', policy.migrations);
    policies = new ChangeSignInPolicy(
      ...([database.unitOfWork, store, history] as const),
      ...([new KnownNames(directory, profileStore), new SaveSignInPolicy(store, history)] as const),
    );
    profiles = new ChangeSignInProfile(database.unitOfWork, profileStore);
  });
  afterAll(() => database.close());

  /** A tenant of its own, with the profiles `corporate` and `totp`. */
  const newTenant = async (tenant: string): Promise<Principal> => {
    const cause = { actor: 'key:test', correlationId: 'c-1' };
    const tenants = new TenantStore(database.sweeper);
    const firstSignInPolicy = new FirstSignInPolicy(store, profileStore);
    await database.unitOfWork.run(tenant, (tx) => createTenant({ tenants, firstSignInPolicy }, tx, tenant, cause));
    const caller = { tenant, actor: 'key:admin' } as Partial<Principal> as Principal;
    await profiles.create(caller, { name: 'corporate', kind: 'directory' });
    await profiles.create(caller, { name: 'totp', kind: 'mfa' });
    return caller;
  };
  const create = (caller: Principal, more: Record<string, unknown> = {}) =>
    policies.create(caller, {
      ...{ name: 'Office', description: null, priority: 100, status: 'active' },
      assignment: { subjects: ['ada'], groups: [] },
      ...more,
    });
  /** The registry says so. */
  const say = ({ tenant }: Principal, ...people: { subjectId: string; groups: string[] }[]) =>
    database.unitOfWork.run(tenant, (tx) =>
      directory.keep(people.map((said) => ({ data: { attributes: {}, ...said } })) as SubjectStateV1[], tx),
    );
  const get = ({ tenant }: Principal, policyId: string) =>
    database.unitOfWork.run(tenant, (tx) => store.get(tx, policyId));
  const list = ({ tenant }: Principal) => database.unitOfWork.run(tenant, (tx) => store.list(tx, '', 100));
  const published = async ({ tenant }: Principal, type: string): Promise<CurfewEvent[]> =>
    (
      await database.sweeper.sql<{ message: string }>('SELECT message FROM outbox WHERE tenant = $1 ORDER BY id', [
        tenant,
      ])
    )
      .map(({ message }) => JSON.parse(message) as CurfewEvent)
      .filter((event) => event.type === type);
  const newEvaluator = () =>
    new EvaluateSignIn(
      ...([database.unitOfWork, store, profileStore, new ProtectionStore()] as const),
      ...([new FailureStore(database.sweeper), directory] as const),
    );
  const ask = (evaluator: EvaluateSignIn, caller: Principal, groups?: string[]) =>
    evaluator.execute(caller, {
      ...{ subject: 'ada', groups, ip: '203.0.113.7', at: new Date(), device: 'unknown', risk: undefined },
      ...{ purpose: 'sign-in', outcome: undefined },
    });

  it('SP-06 all rules of a policy are replaced at once, or none of them', async () => {
    const caller = await newTenant('at-once');
    const { policyId } = await create(caller);
    const change = (version: number, ...rules: (RuleRequest & { ruleId: string })[]) =>
      policies.change(caller, policyId, `"${version}"`, { rules });
    const [first, second] = [
      { ...allow, ruleId: 'a', priority: 200 },
      { ...allow, ruleId: 'b', priority: 100 },
    ];
    await change(1, first, second);
    await change(2, { ...second, priority: 200 }, { ...first, priority: 100 }); // the order turned round: one version
    const ids = async () => (await get(caller, policyId))!.rules.map(({ ruleId, priority }) => `${ruleId} ${priority}`);
    expect((await ids()).sort()).toEqual(['a 100', 'b 200']);
    expect(await codeOf(change(3, first, { ...second, profile: 'nobodys' }))).toBe('unprocessable_field');
    expect(await codeOf(change(3, first, first))).toBe('unprocessable_field');
    expect(await codeOf(change(2, first))).toBe('precondition_failed');
    expect((await ids()).sort()).toEqual(['a 100', 'b 200']);
    await change(3, first); // what is left out is removed
    expect(await ids()).toEqual(['a 200']);
    const types = await published(caller, SignInPolicyUpdatedV1.type);
    expect(types.slice(-1)[0]!.data).toMatchObject({ version: 4, change: 'changed' });
  });

  it('SP-04 SP-05 every tenant has the default policy, which stays as it is and where it is', async () => {
    const caller = await newTenant('defaults');
    await create(caller, { name: 'as low', priority: 1 });
    expect((await list(caller)).map(({ policy: { name } }) => name)).toEqual(['as low', 'Default Sign-In Policy']);
    expect(await codeOf(policies.remove(caller, 'default'))).toBe('default_sign_in_policy');
    for (const change of [
      { priority: 2 },
      { status: 'inactive' as const },
      { assignment: { subjects: ['ada'], groups: [] } },
    ])
      expect(await codeOf(policies.change(caller, 'default', '"1"', change))).toBe('default_sign_in_policy');
    expect(await policies.change(caller, 'default', '"1"', { name: 'Everyone' })).toMatchObject({ version: 2 });
  });

  it('SP-04 tenants from before sign-in policies have the default policy too', async () => {
    const [before] = policy.migrations;
    const old = await openServiceDatabase('policy', [before!]);
    await old.unitOfWork.run('old', (tx) => new TenantStore(old.sweeper).insert(tx, 'Old'));
    const runner = old.dataSource.createQueryRunner();
    const migration = new policy.migrations[1]!();
    await migration.up({
      ...runner,
      query: (text: string) => old.owner.query(text).then(({ rows }) => rows as unknown),
    } as never);
    const rows = await old.unitOfWork.run('old', (tx) => store.list(tx, '', 10));
    expect(rows.map(({ policy: { policyId } }) => policyId)).toEqual(['default']);
    const ofNew = await newTenant('new');
    expect(await old.unitOfWork.run('old', (tx) => store.get(tx, 'default'))).toEqual(await get(ofNew, 'default'));
    expect(await old.unitOfWork.run('old', (tx) => profileStore.list(tx, '', 10))).toEqual([
      { name: 'default', kind: 'federated' },
    ]);
    await runner.release();
    await old.close();
  });

  it('SP-03 lists them in the order they are asked', async () => {
    const caller = await newTenant('order');
    for (const [name, priority] of [
      ['b', 5],
      ['a', 1_000],
      ['c', 5],
      ['d', 50],
    ] as const)
      await create(caller, { name, priority });
    const names = (await list(caller)).map(({ policy: { name } }) => name);
    expect(names).toEqual(['a', 'd', 'b', 'c', 'Default Sign-In Policy']);
  });

  it('of two who change the same version at once one is told so, and nothing of the other’s is lost', async () => {
    const caller = await newTenant('race');
    const { policyId } = await create(caller);
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, at) => codeOf(policies.change(caller, policyId, '"1"', { name: `by ${at}` }))),
    );
    expect(outcomes.filter((code) => code === 'done')).toHaveLength(1);
    expect(outcomes.filter((code) => code === 'precondition_failed')).toHaveLength(9);
    expect(await get(caller, policyId)).toMatchObject({ version: 2, name: `by ${outcomes.indexOf('done')}` });
  });

  it('AU-02 records each change with who made it and what differs; what changes nothing is none', async () => {
    const caller = await newTenant('record');
    const { policyId } = await create(caller);
    await policies.change(caller, policyId, '"1"', { priority: 200, name: 'Office' });
    await policies.change(caller, policyId, '"2"', { priority: 200 });
    const { rule } = await policies.saveRule(caller, policyId, '"2"', 'r', allow);
    await policies.saveRule(caller, policyId, '"3"', 'r', allow);
    await policies.removeRule(caller, policyId, 'r');
    await policies.remove(caller, policyId);
    const events = await published(caller, SignInPolicyUpdatedV1.type);
    expect(events.map(({ actor, subject }) => [actor, subject])).toEqual(events.map(() => ['key:admin', policyId]));
    expect(events.map(({ data }) => data).slice(1)).toEqual([
      expect.objectContaining({
        version: 2,
        change: 'changed',
        changes: [{ field: 'priority', before: 100, after: 200 }],
      }),
      expect.objectContaining({
        version: 3,
        change: 'changed',
        changes: [{ field: 'rules.r', before: null, after: rule }],
      }),
      expect.objectContaining({
        version: 4,
        change: 'changed',
        changes: [{ field: 'rules.r', before: rule, after: null }],
      }),
      expect.objectContaining({ version: 4, change: 'removed' }),
    ]);
    expect(await published(caller, SignInProfileUpdatedV1.type)).toHaveLength(2);
  });

  it('SP-24 a rule names profiles there are, of the kind that is asked for, and one that is named stays', async () => {
    const caller = await newTenant('profiles');
    const { policyId } = await create(caller);
    const save = (more: Partial<RuleRequest>) =>
      codeOf(policies.saveRule(caller, policyId, '*', 'r', { ...allow, ...more }));
    for (const wrong of [{ profile: 'nobody' }, { mfa: 'nobody' }, { profile: 'totp' }, { mfa: 'corporate' }])
      expect(await save(wrong)).toBe('unprocessable_field');
    expect(await save({ mfa: 'totp' })).toBe('done');
    for (const name of ['corporate', 'totp'])
      expect(await codeOf(profiles.remove(caller, name))).toBe('sign_in_profile_in_use');
    await policies.remove(caller, policyId);
    expect(await codeOf(profiles.remove(caller, 'corporate'))).toBe('done');
  });

  it('SP-24 a profile that goes while rules come to name it is never named and gone', async () => {
    const caller = await newTenant('profile-race');
    const { policyId } = await create(caller);
    const [saved, removed] = await Promise.all([
      codeOf(policies.saveRule(caller, policyId, '*', 'r', allow)),
      codeOf(profiles.remove(caller, 'corporate')),
    ]);
    expect([`done sign_in_profile_in_use`, `unprocessable_field done`]).toContain(`${saved} ${removed}`);
  });

  it('is judged by what was saved, at every instance at once, although they hold it in memory', async () => {
    const caller = await newTenant('held');
    const [one, other] = [newEvaluator(), newEvaluator()] as const;
    const { policyId } = await create(caller);
    for (const evaluator of [one, other]) expect(await ask(evaluator, caller)).toMatchObject({ policyId: 'default' });
    await policies.saveRule(caller, policyId, '*', 'r', allow);
    for (const evaluator of [one, other]) expect(await ask(evaluator, caller)).toMatchObject({ ruleId: 'r' });
    await policies.removeRule(caller, policyId, 'r');
    for (const evaluator of [one, other]) expect(await ask(evaluator, caller)).toMatchObject({ policyId: 'default' });
  });

  it('SP-15 a group is one that somebody was ever said to be in; any other is refused by its field', async () => {
    const caller = await newTenant('groups');
    const unknown = { code: 'unprocessable_field', more: { errors: [{ field: 'assignment.groups.1' }] } };
    const assignment = { subjects: [], groups: ['staff', 'sales'] };
    await say(caller, { subjectId: 'ada', groups: ['staff'] }, { subjectId: 'ada', groups: ['staff', 'sre'] });
    await expect(create(caller, { assignment })).rejects.toMatchObject(unknown);
    const { policyId } = await create(caller);
    await expect(policies.change(caller, policyId, '*', { assignment })).rejects.toMatchObject(unknown);
    const rule = { ...allow, conditions: { groups: ['sales'] } };
    await expect(policies.saveRule(caller, policyId, '*', 'r', rule)).rejects.toMatchObject({
      more: { errors: [{ field: 'conditions.groups.0' }] },
    });
    await say(caller, { subjectId: 'bob', groups: ['sales'] });
    await say(caller, { subjectId: 'bob', groups: [] });
    expect(await policies.change(caller, policyId, '*', { assignment })).toMatchObject({ version: 2 });
    await say(await newTenant('groups-elsewhere'), { subjectId: 'ada', groups: ['others'] });
    expect(await codeOf(create(caller, { assignment: { subjects: [], groups: ['others'] } }))).toBe(
      'unprocessable_field',
    );
  });

  it('SP-15 of whom nobody says the groups, the directory does, as it last was', async () => {
    const caller = await newTenant('directory');
    const evaluator = newEvaluator();
    await say(caller, { subjectId: 'ada', groups: ['sre'] });
    const { policyId } = await create(caller, { assignment: { subjects: [], groups: ['sre'] } });
    await policies.saveRule(caller, policyId, '*', 'r', allow);
    expect(await ask(evaluator, caller)).toMatchObject({ policyId });
    expect(await ask(evaluator, caller, [])).toMatchObject({ policyId: 'default' });
    await say(caller, { subjectId: 'ada', groups: [] });
    expect(await ask(evaluator, caller)).toMatchObject({ policyId: 'default' });
    expect(await ask(evaluator, caller, ['sre'])).toMatchObject({ policyId });
  });

  it('a rule that is replaced keeps its place among those of its priority', async () => {
    const caller = await newTenant('places');
    const { policyId } = await create(caller);
    for (const id of ['z', 'a']) await policies.saveRule(caller, policyId, '*', id, allow);
    await policies.saveRule(caller, policyId, '*', 'z', { ...allow, name: 'anew' });
    expect((await get(caller, policyId))!.rules.map(({ name }) => name)).toEqual(['anew', 'Office']);
  });

  it('AU-06 PB-04 an earlier version holds again, exactly, with its rules in their places, also when it was removed since', async () => {
    const caller = await newTenant('reverts');
    const { policyId } = await create(caller);
    for (const id of ['z', 'a']) await policies.saveRule(caller, policyId, '*', id, allow);
    const third = (await get(caller, policyId))!;
    await policies.removeRule(caller, policyId, 'z');
    await policies.change(caller, policyId, '*', { priority: 7, description: 'for now' });
    await policies.saveRule(caller, policyId, '*', 'a', { ...allow, action: 'DENY', profile: null });
    await policies.saveRule(caller, policyId, '*', 'z', { name: 'other', action: 'DENY' });
    expect(await policies.revert(caller, policyId, 3, 'a mistake')).toEqual({ version: 8 });
    expect(await get(caller, policyId)).toEqual({ ...third, version: 8 });
    await policies.remove(caller, policyId);
    expect(await policies.revert(caller, policyId, 3, 'a mistake again')).toEqual({ version: 10 });
    expect(await get(caller, policyId)).toEqual({ ...third, version: 10 });

    const versions = await database.unitOfWork.run(caller.tenant, (tx) => history.list(tx, policyId, undefined, 50));
    expect(versions.map(({ version, change, reason }) => [version, change, reason]).slice(0, 3)).toEqual([
      [10, 'created', 'a mistake again'],
      [9, 'removed', null],
      [8, 'changed', 'a mistake'],
    ]);
    const told = await published(caller, SignInPolicyUpdatedV1.type);
    expect(told.filter(({ data }) => data).at(-1)!.data).toMatchObject({ version: 10, reason: 'a mistake again' });
  });

  it('AU-06 a revert is refused where there was nothing, and where it would name what is gone', async () => {
    const caller = await newTenant('no-revert');
    const { policyId } = await create(caller);
    await policies.saveRule(caller, policyId, '*', 'r', allow);
    for (const version of [0, 3]) {
      const outcome = await codeOf(policies.revert(caller, policyId, version, ''));
      expect([version, outcome]).toEqual([version, 'sign_in_policy_not_found']);
    }
    expect(await codeOf(policies.revert(caller, 'nobody', 1, ''))).toBe('sign_in_policy_not_found');
    await policies.removeRule(caller, policyId, 'r');
    await profiles.remove(caller, 'corporate');
    expect(await codeOf(policies.revert(caller, policyId, 2, ''))).toBe('unprocessable_field');
    const before = await published(caller, SignInPolicyUpdatedV1.type);
    expect(await policies.revert(caller, policyId, 3, '')).toEqual({ version: 3 });
    expect(await published(caller, SignInPolicyUpdatedV1.type)).toEqual(before);
  });

  it('policy bombs: more names than every sign-in could look at are refused whole', async () => {
    const caller = await newTenant('bomb');
    const named = (of: string) => Array.from({ length: 1_000 }, (_, at) => `${of} ${at}`);
    await say(caller, ...Array.from({ length: 10 }, (_, n) => ({ subjectId: `${n}`, groups: named(`${n}`) })));
    const assignment = (of: string) => ({ assignment: { subjects: named(of), groups: named(of) } });
    for (let n = 0; n < 10; n++) await create(caller, assignment(`${n}`));
    expect(await codeOf(create(caller))).toBe('sign_in_limit_reached');
    expect(await list(caller)).toHaveLength(11);
  });

  it('I7 no tenant sees another’s, by id or by name', async () => {
    const [acme, globex] = [await newTenant('acme'), await newTenant('globex')];
    const { policyId } = await create(globex);
    await policies.saveRule(globex, policyId, '*', 'r', allow);
    expect(await get(acme, policyId)).toBeUndefined();
    expect(await list(acme)).toHaveLength(1);
    expect(await codeOf(policies.change(acme, policyId, '*', { name: 'taken over' }))).toBe('sign_in_policy_not_found');
    expect(await codeOf(policies.removeRule(acme, policyId, 'r'))).toBe('sign_in_policy_not_found');
    expect(await codeOf(profiles.remove(acme, 'corporate'))).toBe('done');
    expect(await get(globex, policyId)).toMatchObject({ rules: [{ ruleId: 'r' }] });
  });
});
