import { INITIAL_SESSION_POLICY } from '@curfew/contracts';
import fc from 'fast-check';
import { decideOpen, type LiveSession, type OpenFacts } from './decide-open.js';
import { signInOf } from './session.js';

const at = (second: number): Date => new Date(Date.UTC(2026, 10, 2, 9, 0, second));

const session = (sessionId: string, openedSecond: number, more: Partial<LiveSession> = {}): LiveSession => ({
  sessionId,
  clientId: 'payroll',
  deviceId: `device of ${sessionId}`,
  signInId: null,
  openedAt: at(openedSecond),
  ...more,
});

const facts = (more: Partial<OpenFacts> = {}): OpenFacts => ({
  clientId: 'payroll',
  deviceId: 'new device',
  signInId: null,
  authenticatedAt: at(30),
  judgedAt: at(30),
  now: at(31),
  notBefore: null,
  subjectBarred: false,
  deviceBarred: false,
  policy: policy(null, 'block'),
  live: [],
  ...more,
});

const policy = (
  cap: number | null,
  overCap: 'block' | 'evict',
  more: Partial<OpenFacts['policy']> = {},
): OpenFacts['policy'] => ({ ...INITIAL_SESSION_POLICY, cap, overCap, ...more });

const refused = (code: string) => ({ kind: 'refuse', code });
const opens = (...evict: string[]) => ({ kind: 'open', evict });
const three = [session('first', 1), session('second', 2), session('third', 3)];

describe('bars and barriers', () => {
  it('OP-01 refuse an authentication that is older than policy allows', () => {
    const within = (reauthSeconds: number | null) =>
      decideOpen(facts({ policy: policy(null, 'block', { reauthSeconds }) }));
    expect(within(1)).toEqual(refused('reauthentication_required'));
    expect(within(2)).toEqual(opens());
    expect(within(null)).toEqual(opens());
  });

  it('refuse a barred subject, a quarantined device, and what was authenticated at or before the barrier', () => {
    expect(decideOpen(facts({ subjectBarred: true }))).toEqual(refused('subject_barred'));
    expect(decideOpen(facts({ deviceBarred: true }))).toEqual(refused('device_quarantined'));
    expect(decideOpen(facts({ notBefore: at(31) }))).toEqual(refused('authenticated_before_revocation'));
    expect(decideOpen(facts({ notBefore: at(30) }))).toEqual(refused('authenticated_before_revocation'));
    expect(decideOpen(facts({ notBefore: at(29) }))).toEqual(opens());
  });

  it('say the most lasting reason first, and never a limit where the answer would be no without it', () => {
    const all = { subjectBarred: true, deviceBarred: true, notBefore: at(40), policy: policy(1, 'block'), live: three };
    expect(decideOpen(facts(all))).toEqual(refused('subject_barred'));
    expect(decideOpen(facts({ ...all, subjectBarred: false }))).toEqual(refused('device_quarantined'));
    expect(decideOpen(facts({ ...all, subjectBarred: false, deviceBarred: false }))).toEqual(
      refused('authenticated_before_revocation'),
    );
  });

  it('evict nobody for one who may not come in', () => {
    expect(decideOpen(facts({ subjectBarred: true, policy: policy(1, 'evict'), live: three }))).not.toHaveProperty(
      'evict',
    );
  });
});

describe('the cap of a person', () => {
  it('CC-01, CC-04: the fourth sign-in is refused at cap 3, and the old ones live', () => {
    expect(decideOpen(facts({ policy: policy(3, 'block'), live: three.slice(1) }))).toEqual(opens());
    expect(decideOpen(facts({ policy: policy(3, 'block'), live: three }))).toEqual(refused('session_limit_reached'));
  });

  it('CC-03: over the cap with evict, the oldest ends and the new one starts', () => {
    expect(decideOpen(facts({ policy: policy(3, 'evict'), live: three.toReversed() }))).toEqual(opens('first'));
  });

  it('CC-05: at cap 1 a new device ends what there was, at every application', () => {
    const laptop = { deviceId: 'laptop' };
    const live = [session('a', 1, laptop), session('b', 2, { ...laptop, clientId: 'wiki' })];
    expect(decideOpen(facts({ deviceId: 'phone', policy: policy(1, 'evict'), live }))).toEqual(opens('a', 'b'));
  });

  it('counts a device once, however many applications it is signed in at', () => {
    const live = ['a', 'b', 'c'].map((id, second) => session(id, second, { deviceId: 'laptop', clientId: id }));
    expect(decideOpen(facts({ deviceId: 'laptop', policy: policy(1, 'block'), live }))).toEqual(opens());
    expect(decideOpen(facts({ deviceId: 'phone', policy: policy(2, 'block'), live }))).toEqual(opens());
    expect(decideOpen(facts({ deviceId: 'phone', policy: policy(1, 'block'), live }))).toEqual(
      refused('session_limit_reached'),
    );
  });

  it('counts one sign-in id once where no device is known, and a session with neither alone', () => {
    const none = { deviceId: null };
    const signIn = (id: string, second: number) => session(id, second, { ...none, signInId: 'morning' });
    const live = [signIn('a', 1), signIn('b', 2), session('alone', 3, none)];
    const ask = (more: Partial<OpenFacts>) => decideOpen(facts({ ...none, policy: policy(2, 'block'), live, ...more }));
    expect(ask({ signInId: 'morning' })).toEqual(opens());
    expect(ask({ signInId: 'evening' })).toEqual(refused('session_limit_reached'));
    expect(ask({ signInId: null })).toEqual(refused('session_limit_reached'));
  });

  it('evicts the oldest sign-in whole, as old as its first session', () => {
    const laptop = { deviceId: 'laptop' };
    const live = [session('old', 1, laptop), session('phone', 2), session('young', 9, laptop)];
    expect(decideOpen(facts({ policy: policy(2, 'evict'), live }))).toEqual(opens('old', 'young'));
  });

  it('makes room for one more when the cap was lowered below what is there', () => {
    expect(decideOpen(facts({ policy: policy(1, 'evict'), live: three }))).toEqual(opens('first', 'second', 'third'));
  });
});

describe('CC-02: the cap of an application', () => {
  const atWiki = policy(null, 'block', { applicationCap: 1, applicationOverCap: 'evict' });
  const atPayroll = policy(null, 'block', { applicationCap: 2, applicationOverCap: 'block' });

  it('counts the sessions there, also those of one device, and nowhere else', () => {
    const laptop = { deviceId: 'laptop' };
    const live = [session('a', 1, laptop), session('b', 2, laptop), session('w', 3, { ...laptop, clientId: 'wiki' })];
    expect(decideOpen(facts({ ...laptop, policy: atPayroll, live }))).toEqual(refused('session_limit_reached'));
    expect(decideOpen(facts({ ...laptop, clientId: 'wiki', policy: atWiki, live }))).toEqual(opens('w'));
    expect(decideOpen(facts({ ...laptop, clientId: 'chat', policy: atPayroll, live }))).toEqual(opens());
  });

  it('and that of the person hold both; whichever blocks, blocks, and nobody is evicted twice', () => {
    const wiki = { applicationCap: 1, applicationOverCap: 'evict' as const };
    const live = [session('w', 1, { clientId: 'wiki' }), session('p', 2)];
    const ask = (overCap: 'block' | 'evict') =>
      decideOpen(facts({ clientId: 'wiki', policy: policy(2, overCap, wiki), live }));
    expect(ask('block')).toEqual(refused('session_limit_reached'));
    expect(ask('evict')).toEqual(opens('w'));
  });
});

describe('whatever is live', () => {
  const lives = fc
    .uniqueArray(fc.record({ id: fc.nat(50), device: fc.nat(5), signIn: fc.nat(3), second: fc.nat(20) }), {
      selector: ({ id }) => id,
      maxLength: 12,
    })
    .map((drawn) =>
      drawn.map(({ id, device, signIn, second }) =>
        session(`s${id}`, second, {
          deviceId: device === 0 ? null : `d${device}`,
          signInId: signIn === 0 ? null : `i${signIn}`,
        }),
      ),
    );

  it('CC-09: after an open that evicts, there are never more sign-ins than the cap', () => {
    fc.assert(
      fc.property(lives, fc.integer({ min: 1, max: 5 }), (live, cap) => {
        const decision = decideOpen(facts({ policy: policy(cap, 'evict'), live }));
        if (decision.kind !== 'open') throw new Error('evict never refuses');
        const left = live.filter(({ sessionId }) => !decision.evict.includes(sessionId));
        expect(new Set(left.map(signInOf)).size).toBeLessThan(cap);
        // Nobody younger goes while somebody older stays: sign-ins are whole, so compare their first sessions.
        const began = (key: string) =>
          Math.min(...live.filter((one) => signInOf(one) === key).map(({ openedAt }) => openedAt.getTime()));
        const gone = live.filter(({ sessionId }) => decision.evict.includes(sessionId)).map(signInOf);
        for (const key of gone)
          for (const other of left.map(signInOf)) expect(began(key)).toBeLessThanOrEqual(began(other));
      }),
    );
  });

  it('decides the same whatever order the sessions are read in', () => {
    const shuffled = lives.chain((live) =>
      fc.tuple(fc.constant(live), fc.shuffledSubarray(live, { minLength: live.length })),
    );
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 1, max: 5 }), ([live, other], cap) => {
        const evicted = (order: readonly LiveSession[]) => {
          const decision = decideOpen(facts({ policy: policy(cap, 'evict'), live: order }));
          return decision.kind === 'open' ? [...decision.evict].sort() : decision;
        };
        expect(evicted(other)).toEqual(evicted(live));
      }),
    );
  });
});
