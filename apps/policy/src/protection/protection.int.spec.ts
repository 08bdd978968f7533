import { SignInLockedV1, type CurfewEvent } from '@curfew/contracts';
import type { Principal } from '@curfew/runtime';
import { openServiceDatabase, type ServiceDatabase } from '@curfew/testing';
import { Directory } from '../directory/directory.js';
import { policy } from '../policy.module.js';
import { EvaluateSignIn, type Question } from '../sign-in/evaluate-sign-in.js';
import { FirstSignInPolicy } from '../sign-in/first-sign-in-policy.js';
import { SignInHistoryStore } from '../sign-in/sign-in-history.store.js';
import { SignInPolicyStore } from '../sign-in/sign-in-policy.store.js';
import { SignInProfileStore } from '../sign-in/sign-in-profile.store.js';
import { ChangeProtection } from './change-protection.js';
import { FailureStore } from './failure.store.js';
import { ProtectionStore } from './protection.store.js';
import { protectionOf, type ProtectionRequest } from './protection.js';

const IP = '203.0.113.7';
const QUICK = { failures: 3, withinSeconds: 600, lockSeconds: 900 };
const OFF = { user: [], ip: [] };

describe('failed sign-ins', () => {
  let database: ServiceDatabase;
  let failures: FailureStore;
  const [policies, profiles, protections] = [new SignInPolicyStore(), new SignInProfileStore(), new ProtectionStore()];

  beforeAll(async () => {
    database = await openServiceDatabase('policy', policy.migrations);
    failures = new FailureStore(database.sweeper);
  });
  afterEach(() => database.owner.query(`UPDATE test_clock SET ahead = interval '0'`));
  afterAll(() => database.close());

  /** An instance, which knows nothing that is not in the database. */
  const instance = () =>
    new EvaluateSignIn(
      ...([database.unitOfWork, policies, profiles, protections] as const),
      ...([failures, new Directory()] as const),
    );
  let one: EvaluateSignIn;
  beforeEach(() => (one = instance()));

  const newTenant = async (tenant: string, asked: ProtectionRequest): Promise<Principal> => {
    await database.unitOfWork.run(tenant, async (tx) => {
      await new FirstSignInPolicy(policies, profiles).make(tx);
      await protections.save(tx, { version: 1, protection: protectionOf(asked) });
      await policies.countChange(tx);
    });
    return { tenant, actor: 'key:front-end', keyId: 'k' } as Partial<Principal> as Principal;
  };
  const ask = (caller: Principal, more: Partial<Question> = {}, by = one) =>
    by.execute(caller, {
      ...{ subject: 'ada', groups: [], ip: IP, at: undefined, device: 'unknown', risk: undefined },
      ...{ purpose: 'sign-in', outcome: undefined },
      ...more,
    });
  const fail = (caller: Principal, more: Partial<Question> = {}, by = one) =>
    ask(caller, { outcome: 'failed', ...more }, by);
  const locks = async ({ tenant }: Principal) =>
    (
      await database.sweeper.sql<{ message: string }>('SELECT message FROM outbox WHERE tenant = $1 ORDER BY id', [
        tenant,
      ])
    )
      .map(({ message }) => JSON.parse(message) as CurfewEvent<{ scope: string; name: string }>)
      .filter(({ type }) => type === SignInLockedV1.type)
      .map(({ data: { scope, name } }) => [scope, name]);
  const kept = async (scope: string, name: string) =>
    (
      await database.owner.query<{ n: number }>(
        'SELECT cardinality(failed_at) AS n FROM sign_in_failures WHERE scope = $1 AND name = $2',
        [scope, name],
      )
    ).rows[0]?.n;
  const forward = (seconds: number) =>
    database.owner.query('UPDATE test_clock SET ahead = ahead + make_interval(secs => $1)', [seconds]);

  it('PB-02 PB-04 settings made tighter for an incident are as they were before it, by a revert', async () => {
    const caller = await newTenant('over', {});
    const change = new ChangeProtection(database.unitOfWork, protections, policies, new SignInHistoryStore());
    const before = protectionOf({ lockout: OFF });
    await change.change(caller, '"1"', before);
    await change.change(caller, '"2"', protectionOf({ lockout: { ...OFF, user: [QUICK] }, risk: { mfaAt: 10 } }));
    expect(await change.revert(caller, 2, 'over')).toEqual({ version: 4 });
    const { protection } = await database.unitOfWork.run(caller.tenant, (tx) => protections.current(tx));
    expect(protection).toEqual(before);
    // Of version 0 nothing is known: the first one here is from before there was a history.
    await expect(change.revert(caller, 0, 'over')).rejects.toMatchObject({ code: 'policy_not_found' });
  });

  it('LK-01 lock the person to the second, wherever they come from and whichever instance is asked', async () => {
    const caller = await newTenant('by-user', { lockout: { ...OFF, user: [QUICK] } });
    for (const ip of ['203.0.113.1', '203.0.113.2'])
      expect(await fail(caller, { ip })).toMatchObject({ decision: 'ALLOW' });
    expect(await fail(caller, { ip: '203.0.113.3' })).toMatchObject({ decision: 'DENY', reason: 'user_locked' });
    const elsewhere = instance();
    expect(await ask(caller, {}, elsewhere)).toMatchObject({ decision: 'DENY', reason: 'user_locked' });
    expect(await ask(caller, { subject: 'bob' }, elsewhere)).toMatchObject({ decision: 'ALLOW' });
    const { lockedUntil } = await ask(caller);
    await database.owner.query(
      `UPDATE test_clock SET ahead = $1::timestamptz - interval '1 second' - clock_timestamp()`,
      [lockedUntil],
    );
    expect(await ask(caller)).toMatchObject({ decision: 'DENY' });
    await forward(1);
    expect(await ask(caller)).toMatchObject({ decision: 'ALLOW', lockedUntil: null });
    expect(await locks(caller)).toEqual([['user', 'ada']]);
  });

  it('LK-02 lock the address, whoever it is that tries, and an IPv6 one with its /64', async () => {
    const caller = await newTenant('by-ip', { lockout: { ...OFF, ip: [QUICK] } });
    for (const [at, subject] of ['a', 'b', 'c'].entries()) await fail(caller, { subject, ip: `2001:db8::${at}` });
    expect(await ask(caller, { subject: 'd', ip: '2001:db8::ffff' })).toMatchObject({ reason: 'ip_locked' });
    expect(await ask(caller, { subject: 'a', ip: '2001:db8:0:1::' })).toMatchObject({ decision: 'ALLOW' });
    expect(await locks(caller)).toEqual([['ip', '2001:db8::/64']]);
  });

  it('LK-03 the slow window counts what the quick one has forgotten', async () => {
    const slow = { failures: 4, withinSeconds: 86_400, lockSeconds: 86_400 };
    const caller = await newTenant('slow', { lockout: { ...OFF, user: [QUICK, slow] } });
    for (let n = 0; n < 3; n++) {
      expect(await fail(caller)).toMatchObject({ decision: 'ALLOW' });
      await forward(7_200);
    }
    expect(await fail(caller)).toMatchObject({ reason: 'user_locked' });
    await forward(86_000);
    expect(await ask(caller)).toMatchObject({ reason: 'user_locked' });
    await forward(401);
    expect(await ask(caller)).toMatchObject({ decision: 'ALLOW' });
  });

  it('a lock outlasts failures that come while it lasts, of which none fills a window', async () => {
    const caller = await newTenant('outlasts', { lockout: { ...OFF, user: [QUICK] } });
    for (let n = 0; n < 3; n++) await fail(caller);
    await forward(700);
    expect(await fail(caller)).toMatchObject({ reason: 'user_locked' });
    await forward(201);
    expect(await ask(caller)).toMatchObject({ decision: 'ALLOW' });
  });

  it('LK-01 LK-02 50 failures at once count 50, at two instances, and make one lock', async () => {
    const window = { failures: 50, withinSeconds: 600, lockSeconds: 900 };
    const caller = await newTenant('at-once', { lockout: { user: [window], ip: [window] } });
    const two = [one, instance()] as const;
    await Promise.all(Array.from({ length: 49 }, (_, n) => fail(caller, { subject: 'mallory' }, two[n % 2])));
    expect(await kept('user', 'mallory')).toBe(49);
    expect(await ask(caller, { subject: 'mallory' })).toMatchObject({ decision: 'ALLOW' });
    expect(await fail(caller, { subject: 'mallory' })).toMatchObject({ reason: 'user_locked' });
    await Promise.all(Array.from({ length: 50 }, (_, n) => fail(caller, { subject: 'mallory' }, two[n % 2])));
    expect(await kept('user', 'mallory')).toBe(50); // the newest that can matter
    expect((await locks(caller)).sort()).toEqual([
      ['ip', IP],
      ['user', 'mallory'],
    ]);
  });

  it('a failure that is reported again under its Idempotency-Key counts once', async () => {
    const caller = await newTenant('repeated', { lockout: { ...OFF, user: [QUICK] } });
    const question: Question = {
      ...{ subject: 'eve', groups: [], ip: '198.51.100.9', at: undefined, device: 'unknown', risk: undefined },
      ...{ purpose: 'sign-in', outcome: 'failed' },
    };
    const request = { holder: 'k', key: 'one', hash: 'h' };
    await Promise.all(Array.from({ length: 10 }, () => one.execute(caller, question, request)));
    expect(await kept('user', 'eve')).toBe(1);
  });

  it('a success forgets the failures of the person, not those of the address; of who is locked it forgets none', async () => {
    const caller = await newTenant('success', { lockout: { ...OFF, user: [QUICK] } });
    const [grace, from] = [{ subject: 'grace' }, { subject: 'grace', ip: '198.51.100.1' }];
    for (let n = 0; n < 2; n++) await fail(caller, from);
    expect(await ask(caller, { ...from, outcome: 'succeeded' })).toMatchObject({ decision: 'ALLOW' });
    expect([await kept('user', 'grace'), await kept('ip', from.ip)]).toEqual([undefined, 2]);
    // The guess that was right was one of many at once.
    for (let n = 0; n < 3; n++) await fail(caller, grace);
    expect(await ask(caller, { ...grace, outcome: 'succeeded' })).toMatchObject({ reason: 'user_locked' });
    expect(await ask(caller, grace)).toMatchObject({ reason: 'user_locked' });
  });

  it('PB-02 a tighter lockout holds from the next failure on, at every instance', async () => {
    const caller = await newTenant('incident', { lockout: OFF });
    for (let n = 0; n < 3; n++) expect(await fail(caller)).toMatchObject({ decision: 'ALLOW' });
    await database.unitOfWork.run('incident', async (tx) => {
      await protections.save(tx, { version: 2, protection: protectionOf({ lockout: { ...OFF, user: [QUICK] } }) });
      await policies.countChange(tx);
    });
    for (let n = 0; n < 2; n++) await fail(caller);
    expect(await fail(caller)).toMatchObject({ reason: 'user_locked' });
  });

  it('those that can matter no more are swept, of every tenant', async () => {
    const caller = await newTenant('swept', { lockout: { ...OFF, user: [QUICK] }, captcha: { withinSeconds: 60 } });
    await fail(caller, { subject: 'old', ip: '192.0.2.1' });
    await forward(1_499);
    await failures.sweep(5_000);
    expect(await kept('user', 'old')).toBe(1);
    await forward(2);
    await failures.sweep(5_000);
    expect(await kept('user', 'old')).toBeUndefined();
  });

  it('I7 what fails at one tenant locks nobody at another', async () => {
    const [acme, globex] = [
      await newTenant('acme', { lockout: { user: [QUICK], ip: [QUICK] } }),
      await newTenant('globex', { lockout: { user: [QUICK], ip: [QUICK] } }),
    ];
    for (let n = 0; n < 3; n++) await fail(acme, { subject: 'zoe' });
    expect(await ask(acme, { subject: 'zoe' })).toMatchObject({ reason: 'user_locked' });
    expect(await ask(globex, { subject: 'zoe' })).toMatchObject({ decision: 'ALLOW' });
  });
});
