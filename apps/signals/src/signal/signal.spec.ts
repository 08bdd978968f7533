import fc from 'fast-check';
import { assertComplete, contentHash, isSettled, orderingKey, PROGRESS, type SignalContent } from './signal.js';

const now = new Date('2026-11-02T09:00:00Z');
const content = (more: Partial<SignalContent> = {}): SignalContent => ({
  type: 'employment.terminated',
  eventId: 'hr-417',
  subject: { employeeId: 'E-1' },
  occurredAt: now,
  ...more,
});
const faultOf = (more: Partial<SignalContent>): string | undefined => {
  try {
    assertComplete(content(more), now);
    return undefined;
  } catch (error) {
    return (error as { more: { errors: { field: string }[] } }).more.errors[0]!.field;
  }
};

describe('a signal', () => {
  it.each<[string, Partial<SignalContent>]>([
    ['a person by any identifier', { subject: { email: 'a@b.example' } }],
    ['an account', { subject: { iss: 'https://idp.example', sub: '7' } }],
    ['a device', { type: 'device.compromised', subject: undefined, device: { id: 'laptop' } }],
    ['a clock a minute ahead', { occurredAt: new Date(now.getTime() + 60_000) }],
    ['an end in the future', { effectiveAt: new Date(now.getTime() + 86_400_000) }],
  ])('is complete with %s', (_, more) => expect(faultOf(more)).toBeUndefined());

  it.each<[string, Partial<SignalContent>, string]>([
    ['a termination of nobody', { subject: undefined }, 'subject'],
    ['a termination of a device', { subject: undefined, device: { id: 'laptop' } }, 'subject'],
    ['a compromised nothing', { type: 'device.compromised' }, 'device'],
    ['a subject without an identifier', { subject: {} }, 'subject'],
    ['an issuer without its sub', { subject: { iss: 'https://idp.example' } }, 'subject'],
    ['a sub without its issuer', { subject: { employeeId: 'E-1', sub: '7' } }, 'subject'],
    ['a fact of tomorrow', { occurredAt: new Date(now.getTime() + 60_001) }, 'occurredAt'],
  ])('is not with %s', (_, more, field) => expect(faultOf(more)).toBe(field));
});

describe('what keeps signals in order', () => {
  it('is the identifier they share; of an address not the way it is written', () => {
    expect(orderingKey(content())).toBe(orderingKey(content({ type: 'employment.rehired' })));
    expect(orderingKey({ subject: { email: ' Ada@Acme.Example' } })).toBe(
      orderingKey({ subject: { email: 'ada@acme.example' } }),
    );
    expect(orderingKey({ device: { id: 'laptop' } })).not.toBe(orderingKey({ subject: { id: 'laptop' } }));
  });
});

describe('the hash that tells whether an event came again or another one has its id', () => {
  const hash = (more: Partial<SignalContent> = {}) => contentHash(content(more));

  it('is the same for the same, and not for anything else', () => {
    expect(hash()).toBe(hash());
    const others: Partial<SignalContent>[] = [
      { type: 'employment.rehired' },
      { subject: { employeeId: 'E-2' } },
      { subject: { id: 'E-1' } },
      { subject: { email: 'E-1' } },
      { device: { id: 'laptop' } },
      { occurredAt: new Date(now.getTime() + 1) },
      { sequence: 1 },
      { effectiveAt: new Date(now.getTime() + 1) },
      { reason: 'left' },
    ];
    expect(new Set([hash(), ...others.map(hash)]).size).toBe(others.length + 1);
  });

  it('is the same whether a signal that takes effect at once says so or not', () => {
    expect(hash({ effectiveAt: now })).toBe(hash());
  });

  it('can not be met by moving text from one field to the next', () => {
    const text = fc.option(fc.string(), { nil: undefined });
    const subject = fc.record({ id: text, email: text, employeeId: text, iss: text, sub: text });
    fc.assert(
      fc.property(subject, subject, (one, other) => {
        const same = JSON.stringify(Object.values(one)) === JSON.stringify(Object.values(other));
        expect(hash({ subject: one }) === hash({ subject: other })).toBe(same);
      }),
    );
  });
});

it('who waits is not kept waiting by what no one but a person can move on', () => {
  expect(PROGRESS.filter(isSettled)).toEqual(['unmatched', 'completed', 'settled', 'declined', 'failed']);
});
