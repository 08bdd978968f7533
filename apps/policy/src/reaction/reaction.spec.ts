import { SIGNAL_TYPES } from '@curfew/contracts';
import { decide, INITIAL_REACTIONS, type Reaction } from './reaction.js';

const subject = { employeeId: 'E-1' };
const only = (...reactions: Reaction[]) => ({ version: 1, reactions });
const revoke = (signalType: string, name: string): Reaction => ({
  name,
  signalType,
  action: 'revoke',
  bar: false,
  deadlineSeconds: 5,
});

describe('from the start', () => {
  it('RV-01, RV-06: a termination and a compromised device end access and bar, within a minute', () => {
    for (const signal of [
      { signalType: 'employment.terminated' as const, subject },
      { signalType: 'device.compromised' as const, device: { id: 'laptop' } },
    ])
      expect(decide(signal, INITIAL_REACTIONS)).toMatchObject({
        kind: 'revoke',
        reaction: { bar: true, deadlineSeconds: 60 },
      });
  });

  it('a rehire gives back the right to sign in', () => {
    expect(decide({ signalType: 'employment.rehired', subject }, INITIAL_REACTIONS).kind).toBe('reinstate');
  });

  it('every other signal is declined, with a reason that names it', () => {
    const known = INITIAL_REACTIONS.reactions.map(({ signalType }) => signalType);
    for (const signalType of SIGNAL_TYPES.filter((type) => !known.includes(type)))
      expect(decide({ signalType, subject }, INITIAL_REACTIONS)).toEqual({
        kind: 'decline',
        reason: expect.stringContaining(signalType) as string,
      });
  });
});

describe('a reaction', () => {
  const signal = { signalType: 'employment.terminated' as const, subject };

  it('decides when it is the first to its type', () => {
    const ignore: Reaction = { name: 'Not here', signalType: signal.signalType, action: 'ignore' };
    expect(
      decide(signal, only(revoke('risk.changed', 'other'), revoke(signal.signalType, 'mine'), ignore)),
    ).toMatchObject({ kind: 'revoke', reaction: { name: 'mine' } });
    expect(decide(signal, only(ignore, revoke(signal.signalType, 'mine')))).toEqual({
      kind: 'decline',
      reason: expect.stringContaining('Not here') as string,
    });
  });

  it('that gives access back needs somebody to give it to', () => {
    const reinstate: Reaction = { name: 'Back', signalType: 'device.compromised', action: 'reinstate' };
    expect(decide({ signalType: 'device.compromised', device: { id: 'laptop' } }, only(reinstate)).kind).toBe(
      'decline',
    );
  });
});

it('no reactions: nothing is revoked', () => {
  expect(decide({ signalType: 'employment.terminated', subject }, only()).kind).toBe('decline');
});
