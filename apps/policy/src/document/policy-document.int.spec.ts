import {
  OverrideUpdatedV1,
  PolicyUpdatedV1,
  SignInPolicyUpdatedV1,
  type ApplicationStateV1,
  type CurfewEvent,
  type SubjectStateV1,
} from '@curfew/contracts';
import { News, type Principal } from '@curfew/runtime';
import { openServiceDatabase, type ServiceDatabase } from '@curfew/testing';
import fc from 'fast-check';
import { Directory } from '../directory/directory.js';
import { policy } from '../policy.module.js';
import { ChangeProtection } from '../protection/change-protection.js';
import { ProtectionStore } from '../protection/protection.store.js';
import { EnforcementStore } from '../session-policy/enforcement.store.js';
import { SavePolicy } from '../session-policy/save-policy.js';
import { SessionPolicyStore } from '../session-policy/session-policy.store.js';
import { ChangeSignInPolicy } from '../sign-in/change-sign-in-policy.js';
import { ChangeSignInProfile } from '../sign-in/change-sign-in-profile.js';
import { FirstSignInPolicy } from '../sign-in/first-sign-in-policy.js';
import { KnownNames } from '../sign-in/known-names.js';
import { SaveSignInPolicy } from '../sign-in/save-sign-in-policy.js';
import { SignInHistoryStore } from '../sign-in/sign-in-history.store.js';
import { SignInPolicyStore } from '../sign-in/sign-in-policy.store.js';
import { SignInProfileStore } from '../sign-in/sign-in-profile.store.js';
import { ApplyDocument, type DocumentOrder } from './apply-document.js';
import { ApplySessionPolicies } from './apply-session-policies.js';
import { ApplySignIn } from './apply-sign-in.js';
import { documentOf, type DocumentRequest, type PolicyDocument } from './policy-document.js';
import { ReadDocument } from './read-document.js';

const HOUR = 3_600;
const LIMITS = { absoluteSeconds: 8 * HOUR, idleSeconds: HOUR, cap: 3, overCap: 'block' } as const;
const EVERYONE = { id: 'everyone', name: 'Everyone', action: 'ALLOW', profile: 'default' } as const;
const DEFAULT = { id: 'default', name: 'Default Sign-In Policy', priority: 1, rules: [EVERYONE] };
const GROUPS = ['sre', 'sales'];

describe('the document of all policies', () => {
  let database: ServiceDatabase;
  let read: ReadDocument;
  let applyDocument: ApplyDocument;
  let signInPolicies: ChangeSignInPolicy;
  let caller: Principal;
  let tenants = 0;
  const [sessionPolicies, directory] = [new SessionPolicyStore(), new Directory()];
  const [policies, profiles, protections] = [new SignInPolicyStore(), new SignInProfileStore(), new ProtectionStore()];

  beforeAll(async () => {
    database = await openServiceDatabase('policy', policy.migrations);
    const { unitOfWork } = database;
    const [history, known] = [new SignInHistoryStore(), new KnownNames(directory, profiles)];
    const save = new SaveSignInPolicy(policies, history);
    const savePolicy = new SavePolicy(unitOfWork, sessionPolicies, new EnforcementStore(), directory, new News());
    const protection = new ChangeProtection(unitOfWork, protections, policies, history);
    read = new ReadDocument(sessionPolicies, profiles, policies, protections);
    signInPolicies = new ChangeSignInPolicy(unitOfWork, policies, history, known, save);
    applyDocument = new ApplyDocument(
      ...([unitOfWork, read, new ApplySessionPolicies(savePolicy)] as const),
      ...([
        new ApplySignIn(new ChangeSignInProfile(unitOfWork, profiles), known, save, protection),
        savePolicy,
      ] as const),
    );
  });
  afterAll(() => database.close());

  /** A tenant of its own, whose people and applications policy has heard of, and a registry that applies at once. */
  beforeEach(async () => {
    const tenant = `t${++tenants}`;
    caller = { tenant, actor: 'key:admin' } as Partial<Principal> as Principal;
    await database.unitOfWork.run(tenant, async (tx) => {
      await new FirstSignInPolicy(policies, profiles).make(tx);
      const person = { data: { subjectId: 'ada', groups: GROUPS, attributes: { region: 'emea' } } };
      await directory.keep([person] as unknown as SubjectStateV1[], tx);
      await directory.keepApplications([{ data: { clientId: 'crm' } }] as ApplicationStateV1[], tx);
      for (const name of ['default', 'group:sre', 'group:sales', 'region:emea', 'application:crm'])
        await sessionPolicies.markApplied(tx, name, 1_000_000);
    });
  });

  const get = (): Promise<PolicyDocument> =>
    database.unitOfWork.run(caller.tenant, async (tx) => documentOf(await read.execute(tx)));
  const put = (document: object, order: Partial<DocumentOrder> = {}) =>
    applyDocument.execute(
      caller,
      { apiVersion: 'curfew/v1', ...document } as DocumentRequest,
      { apply: undefined, ifMatch: '*', dryRun: false, ...order },
      0,
    );
  /** What was told and what is kept: one more of either is a change. */
  const traces = async () =>
    (
      await database.owner.query<{ n: string }>(
        `SELECT (SELECT count(*) FROM outbox WHERE tenant = $1) || ' ' || (SELECT count(*) FROM policy_versions WHERE tenant = $1)
           || ' ' || (SELECT count(*) FROM sign_in_versions WHERE tenant = $1) || ' ' || (SELECT count(*) FROM enforcements WHERE tenant = $1) AS n`,
        [caller.tenant],
      )
    ).rows[0]!.n;
  const told = async (...types: string[]): Promise<CurfewEvent<Record<string, unknown>>[]> =>
    (
      await database.sweeper.sql<{ message: string }>('SELECT message FROM outbox WHERE tenant = $1 ORDER BY id', [
        caller.tenant,
      ])
    )
      .map(({ message }) => JSON.parse(message) as CurfewEvent<Record<string, unknown>>)
      .filter(({ type }) => types.includes(type));
  const refusal = (document: object, order?: Partial<DocumentOrder>): Promise<[string, string | undefined]> =>
    put(document, order).then(
      () => ['done', undefined],
      (error: { code: string; more?: { errors?: { field: string }[] } }) => [
        error.code,
        error.more?.errors?.[0]?.field,
      ],
    );

  const anOverride = fc.record(
    {
      layer: fc.constant('group' as const),
      values: fc.record({ idleSeconds: fc.integer({ min: 60, max: HOUR }), cap: fc.integer({ min: 1, max: 3 }) }),
      reason: fc.constant('a test'),
    },
    { requiredKeys: ['layer', 'values'] },
  );
  const aRule = fc.record(
    {
      name: fc.string({ minLength: 1, maxLength: 20 }).filter((name) => name.trim() === name && name !== ''),
      priority: fc.integer({ min: 1, max: 3 }),
      conditions: fc.oneof(
        fc.record({ groups: fc.uniqueArray(fc.constantFrom(...GROUPS), { minLength: 1 }) }),
        fc.record({ ip: fc.constantFrom(['10.1.2.3/8'], ['::ffff:192.0.2.1', '2001:db8::1/32']) }),
      ),
      action: fc.constant('ALLOW' as const),
      profile: fc.constantFrom('default', 'corporate'),
      session: fc.record({ idleSeconds: fc.option(fc.integer({ min: 60, max: HOUR })) }),
    },
    { requiredKeys: ['name', 'action', 'profile'] },
  );
  const ids = <T extends object>(items: fc.Arbitrary<T>, among: readonly string[]) =>
    fc
      .tuple(fc.subarray([...among]), fc.array(items, { minLength: among.length, maxLength: among.length }))
      .map(([chosen, made]) => chosen.map((id, at) => ({ ...made[at]!, id })));
  const aDocument = fc.record({
    session: fc.record({
      default: fc
        .record({ absoluteSeconds: fc.integer({ min: HOUR, max: 9 * HOUR }) })
        .map((more) => ({ ...LIMITS, ...more })),
      overrides: ids(anOverride, GROUPS),
    }),
    signIn: fc.record({
      profiles: fc.constant([
        { name: 'default', kind: 'federated' },
        { name: 'corporate', kind: 'directory' },
      ]),
      policies: fc
        .subarray(['Office', 'Home', 'Abroad'])
        .chain((names) =>
          fc.tuple(
            ...names.map((name) =>
              fc.record({
                name: fc.constant(name),
                priority: fc.integer({ min: 1, max: 9 }),
                rules: ids(aRule, ['a', 'b', 'c']),
              }),
            ),
          ),
        )
        .map((made) => [DEFAULT, ...made]),
      protection: fc.record({ risk: fc.record({ mfaAt: fc.integer({ min: 1, max: 80 }) }) }),
    }),
  });

  it('OP-14 the same twice changes nothing, nor does what is read; whatever it says', async () => {
    await fc.assert(
      fc.asyncProperty(aDocument, async (document) => {
        const first = await put(document);
        const [before, there] = [await traces(), await get()];
        expect(there.session.default.absoluteSeconds).toBe(document.session.default.absoluteSeconds);
        expect(there.session.overrides.map(({ id }) => id)).toEqual(
          document.session.overrides.map(({ id }) => id).sort(),
        );
        expect(there.signIn.policies.map(({ name }) => name).sort()).toEqual(
          document.signIn.policies.map(({ name }) => name).sort(),
        );
        for (const again of [document, there]) {
          const { changes, tag, enforcements } = await put(again, { ifMatch: `"${first.tag}"` });
          expect({ changes, enforcements, tag }).toEqual({ changes: [], enforcements: [], tag: first.tag });
        }
        expect(await traces()).toBe(before);
        expect(await get()).toEqual(there);
      }),
      { numRuns: 25 },
    );
  });

  it('OP-14 a dry run says what applying then does, and writes nothing', async () => {
    const wanted = {
      session: {
        default: { ...LIMITS, idleSeconds: 600 },
        overrides: [{ layer: 'group', id: 'sre', values: { idleSeconds: 300 } }],
      },
      signIn: { policies: [{ ...DEFAULT, rules: [{ ...EVERYONE, name: 'All' }] }] },
    };
    const [before, there] = [await traces(), await get()];
    const tried = await put(wanted, { dryRun: true, ifMatch: undefined });
    expect(tried).toMatchObject({ dryRun: true, enforcements: [] });
    expect(tried.changes.map(({ part, change }) => `${part} ${change}`).sort()).toEqual([
      'session.default changed',
      'session.overrides.group:sre created',
      'signIn.policies.default changed',
    ]);
    expect([await traces(), await get()]).toEqual([before, there]);
    const { changes, enforcements } = await put(wanted, { ifMatch: `"${tried.tag}"` });
    expect(changes).toEqual(tried.changes);
    expect(enforcements.map(({ policy: of }) => of)).toEqual(['default', 'group:sre']);
  });
  it('OP-14 all or nothing: where the last part is refused, nothing of the first is written', async () => {
    const [before, there] = [await traces(), await get()];
    const document = {
      session: { default: { ...LIMITS, cap: 1 }, overrides: [{ layer: 'group', id: 'sre', values: { cap: 1 } }] },
      signIn: {
        profiles: [{ name: 'corporate', kind: 'local' }],
        policies: [DEFAULT, { name: 'Office', priority: 7, rules: [{ ...EVERYONE, profile: 'nobody' }] }],
      },
    };
    expect(await refusal(document)).toEqual(['unprocessable_field', 'signIn.policies.1.rules.0.profile']);
    expect([await traces(), await get()]).toEqual([before, there]);
  });

  it('OP-14 two administrators: one of two who saw the same is told so, also where the other used a route of one policy', async () => {
    const { tag } = await put({}, { dryRun: true });
    const outcomes = await Promise.all(
      [1, 2].map((cap) => refusal({ session: { default: { ...LIMITS, cap } } }, { ifMatch: `"${tag}"` })),
    );
    expect(outcomes.map(([code]) => code).sort()).toEqual(['done', 'precondition_failed']);
    const second = await put({}, { dryRun: true });
    await signInPolicies.change(caller, 'default', '*', { name: 'Everyone else' });
    expect(await refusal({}, { ifMatch: `"${second.tag}"` })).toEqual(['precondition_failed', undefined]);
    expect(await refusal({}, { ifMatch: undefined })).toEqual(['precondition_required', undefined]);
  });

  it('OP-14 what is left out stays, of a list that is there what it does not name goes', async () => {
    await put({
      session: {
        default: { ...LIMITS, idleSeconds: 600 },
        overrides: GROUPS.map((id) => ({ layer: 'group', id, values: { cap: 1 } })),
      },
      signIn: { policies: [DEFAULT, { name: 'Office', priority: 7, rules: [] }], protection: { risk: { mfaAt: 10 } } },
    });
    const before = await get();
    expect((await put({ session: {}, signIn: {} })).changes).toEqual([]);
    await put({ session: { overrides: [{ layer: 'group', id: 'sre', values: { cap: 1 } }] } });
    await put({ signIn: { policies: [DEFAULT] } });
    const after = await get();
    expect(after.session.overrides).toEqual(before.session.overrides.filter(({ id }) => id === 'sre'));
    expect(after.signIn).toEqual({
      ...before.signIn,
      policies: before.signIn.policies.filter(({ id }) => id === 'default'),
    });
    expect(after.session.default).toEqual(before.session.default);
  });

  it('a policy is that of its id, else that of its name; a new one may have an id, so that one tenant’s fits another', async () => {
    await put({ signIn: { policies: [DEFAULT, { name: 'Office', priority: 7, rules: [] }] } });
    const office = (await get()).signIn.policies.find(({ name }) => name === 'Office')!;
    await put({ signIn: { policies: [DEFAULT, { name: 'Office', priority: 8, rules: [EVERYONE] }] } });
    await put({
      signIn: { policies: [DEFAULT, { id: office.id, name: 'Headquarters', priority: 8, rules: [EVERYONE] }] },
    });
    const document = await get();
    expect(document.signIn.policies[0]).toMatchObject({ id: office.id, name: 'Headquarters', priority: 8 });
    const changes = (await told(SignInPolicyUpdatedV1.type)).map(({ data }) => [data.change, data.version]);
    expect(changes).toEqual([
      ['created', 1],
      ['changed', 2],
      ['changed', 3],
    ]);
    caller = { ...caller, tenant: 'elsewhere' };
    await database.unitOfWork.run(caller.tenant, (tx) => new FirstSignInPolicy(policies, profiles).make(tx));
    await put(document);
    expect(await get()).toEqual(document);
  });

  it('an override that has expired stays as it is, and the default may come to be stricter than one', async () => {
    const expiresAt = new Date(Date.now() + 400).toISOString();
    const overrides = [
      { layer: 'group', id: 'sre', values: { cap: 9 }, exact: ['cap'], reason: 'a launch', expiresAt },
    ];
    const stricter = [...overrides, { layer: 'group', id: 'sales', values: { idleSeconds: 1_800 } }];
    await put({ session: { default: LIMITS, overrides: stricter } });
    await new Promise((done) => setTimeout(done, Date.parse(expiresAt) - Date.now() + 10));
    expect((await put({ session: { overrides: stricter } })).changes).toEqual([]);
    const { changes } = await put({ session: { default: { ...LIMITS, idleSeconds: 60 }, overrides: stricter } });
    expect(changes.map(({ part }) => part)).toEqual(['session.default']);
  });

  it('says of policies that touch live sessions together that they are, so that none is enforced without the others', async () => {
    await put({ session: { default: { ...LIMITS, cap: 2 } } });
    await put({
      session: {
        default: { ...LIMITS, cap: 1 },
        overrides: [{ layer: 'group', id: 'sre', values: { cap: 1 } }],
      },
    });
    const batches = (await told(PolicyUpdatedV1.type, OverrideUpdatedV1.type)).map(({ data }) => data.batch);
    expect(batches).toEqual([undefined, { batchId: expect.any(String) as string, size: 2 }, batches[1]]);
  });

  it.each([
    [
      { session: { overrides: [{ layer: 'group', id: 'nobody', values: { cap: 1 } }] } },
      'unprocessable_field',
      'session.overrides.0.group',
    ],
    [
      { session: { overrides: [{ layer: 'group', id: 'sre', values: {} }] } },
      'invalid_field',
      'session.overrides.0.values',
    ],
    [
      { session: { overrides: [{ layer: 'group', id: 'sre', values: { cap: 9 } }] } },
      'looser_than_default',
      'session.overrides.0.values.cap',
    ],
    [
      { session: { overrides: [1, 2].map((cap) => ({ layer: 'group', id: 'sre', values: { cap } })) } },
      'unprocessable_field',
      'session.overrides.1.id',
    ],
    [
      { session: { default: { ...LIMITS, applications: { crm: { cap: 0, overCap: 'block' } } } } },
      'invalid_field',
      'session.default.applications.crm.cap',
    ],
    [{ signIn: { policies: [] } }, 'default_sign_in_policy', 'signIn.policies'],
    [{ signIn: { policies: [{ ...DEFAULT, priority: 2 }] } }, 'default_sign_in_policy', 'signIn.policies.0'],
    [
      { signIn: { policies: [DEFAULT, { name: 'x', priority: 1_001, rules: [] }] } },
      'unprocessable_field',
      'signIn.policies.1.priority',
    ],
    [
      { signIn: { policies: [DEFAULT, ...[1, 2].map(() => ({ name: 'x', priority: 1, rules: [] }))] } },
      'unprocessable_field',
      'signIn.policies.2.name',
    ],
    [{ signIn: { policies: [DEFAULT, DEFAULT] } }, 'unprocessable_field', 'signIn.policies.1.id'],
    [
      { signIn: { policies: [{ ...DEFAULT, rules: [EVERYONE, EVERYONE] }] } },
      'unprocessable_field',
      'signIn.policies.0.rules.1.id',
    ],
    [
      { signIn: { policies: [{ ...DEFAULT, rules: [{ ...EVERYONE, conditions: { ip: ['10.0.0.0/40'] } }] }] } },
      'unprocessable_field',
      'signIn.policies.0.rules.0.conditions.ip.0',
    ],
    [
      { signIn: { policies: [{ ...DEFAULT, rules: [{ ...EVERYONE, conditions: { groups: ['nobody'] } }] }] } },
      'unprocessable_field',
      'signIn.policies.0.rules.0.conditions.groups.0',
    ],
    [{ signIn: { profiles: [] } }, 'sign_in_profile_in_use', 'signIn.profiles'],
    [{ signIn: { profiles: [{ name: 'default', kind: 'local' }] } }, 'unprocessable_field', 'signIn.profiles.0.kind'],
    [
      { signIn: { protection: { risk: { mfaAt: 9, blockAt: 8 } } } },
      'unprocessable_field',
      'signIn.protection.risk.blockAt',
    ],
  ])('refuses what the route of each refuses, with where it stands: %j', async (document, code, field) => {
    expect(await refusal(document)).toEqual([code, field]);
    expect(await refusal(document, { dryRun: true })).toEqual([code, field]);
  });
});
