import fc from 'fast-check';
import { expiresAt, signInOf } from './session.js';

const minutes = (count: number): Date => new Date(count * 60_000);
const session = (lastActivity: number, idle: number | null, absolute: number) => ({
  lastActivityAt: minutes(lastActivity),
  idleSeconds: idle === null ? null : idle * 60,
  absoluteExpiresAt: minutes(absolute),
});

describe('LT-13: whichever deadline comes first ends the session', () => {
  it.each([
    ['idle before absolute', session(10, 60, 480), 70],
    ['absolute before idle', session(450, 60, 480), 480],
    ['both at one instant', session(420, 60, 480), 480],
    ['no idle limit', session(0, null, 480), 480],
  ] as const)('%s', (_, given, end) => {
    expect(expiresAt(given)).toEqual(minutes(end));
  });

  it('LT-01: no activity carries a session past its absolute end', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.option(fc.integer({ min: 1, max: 1_000 })), (activity, idle) => {
        expect(expiresAt(session(activity, idle, 480)).getTime()).toBeLessThanOrEqual(minutes(480).getTime());
      }),
    );
  });
});

it('a sign-in is told by the device, else by its id, else it is the session alone; none passes for another', () => {
  const same = { deviceId: 'x', signInId: 'x', sessionId: 'x' };
  const keys = [same, { ...same, deviceId: null }, { ...same, deviceId: null, signInId: null }].map(signInOf);
  expect(new Set(keys).size).toBe(3);
  expect(signInOf({ ...same, signInId: 'y', sessionId: 'y' })).toBe(keys[0]);
});
