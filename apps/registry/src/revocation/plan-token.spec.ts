import fc from 'fast-check';
import type { Target } from '../barrier/barrier.js';
import { assertWithinPlan, sealPlan } from './plan-token.js';

const SECRET = 'secret of the plans';
const target: Target = { kind: 'group', id: 'contractors' };
const plan = { tenant: 'acme', target, sessions: 100, expiresAtMs: 10_000 };
const now = { tenant: 'acme', target, sessions: 100, nowMs: 9_999 };
const codeOf = (token: string, more: Partial<typeof now> = {}): string => {
  try {
    assertWithinPlan(token, { ...now, ...more }, SECRET);
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('N-03: a plan token', () => {
  const token = sealPlan(plan, SECRET);

  it('lets the real run end what was shown, and up to a tenth more', () => {
    expect([0, 100, 110].map((sessions) => codeOf(token, { sessions }))).toEqual(['ok', 'ok', 'ok']);
    expect(codeOf(token, { sessions: 111 })).toBe('plan_outdated');
    const empty = sealPlan({ ...plan, sessions: 0 }, SECRET);
    expect([codeOf(empty, { sessions: 0 }), codeOf(empty, { sessions: 1 })]).toEqual(['ok', 'plan_outdated']);
  });

  it('says how many were shown and how many there are when it stops a run', () => {
    expect(() => assertWithinPlan(token, { ...now, sessions: 120 }, SECRET)).toThrow(
      expect.objectContaining({ more: { planned: 100, sessions: 120 } }) as Error,
    );
  });

  it.each([10, 20, 30, 50, 1_000, 12_340])('of %d sessions: exactly a tenth more passes', (sessions) => {
    const of = sealPlan({ ...plan, sessions }, SECRET);
    expect(codeOf(of, { sessions: (sessions * 11) / 10 })).toBe('ok');
    expect(codeOf(of, { sessions: (sessions * 11) / 10 + 1 })).toBe('plan_outdated');
  });

  it('is one for its tenant and target, and for its time', () => {
    expect(codeOf(token, { tenant: 'evil' })).toBe('plan_invalid');
    expect(codeOf(token, { target: { kind: 'group', id: 'staff' } })).toBe('plan_invalid');
    expect(codeOf(token, { target: { kind: 'application', id: 'contractors' } })).toBe('plan_invalid');
    expect(codeOf(token, { nowMs: 10_000 })).toBe('plan_invalid');
  });

  it('is of no use once any of its characters is changed', () => {
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'AQgw_-.0'), (position, letter) => {
        fc.pre(token[position] !== letter);
        const changed = token.slice(0, position) + letter + token.slice(position + 1);
        expect(codeOf(changed)).toBe('plan_invalid');
      }),
    );
  });

  it.each(['', '.', 'a.b', 'a.b.c', 'null', `${token.split('.')[0]}.`, `.${token.split('.')[1]}`])(
    'is not what anybody makes up: %j',
    (text) => expect(codeOf(text)).toBe('plan_invalid'),
  );

  it('made with another secret is none', () => {
    expect(codeOf(sealPlan(plan, 'another secret'))).toBe('plan_invalid');
  });
});
