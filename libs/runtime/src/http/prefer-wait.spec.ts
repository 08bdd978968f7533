import { PreferWait } from './prefer-wait.js';
import { valueOf } from './param-decorator.fake.js';

describe('Prefer: wait (RFC 7240 §4.3)', () => {
  it.each([
    ['wait=5', 5_000],
    ['Wait = 5', 5_000],
    ['wait="5"', 5_000],
    ['respond-async, wait=10', 10_000],
    ['respond-async; foo=bar, wait=10', 10_000],
    ['wait=0', 0],
    ['wait=60', 60_000],
    ['wait=3600', 60_000],
    ['wait=99999', 60_000],
  ])('%s is %d ms', (prefer, ms) => expect(valueOf<number>(PreferWait, { prefer }).value).toBe(ms));

  it.each([undefined, '', 'respond-async', 'wait', 'wait=', 'wait=soon', 'wait=-1', 'await=5', 'x-wait=5'])(
    '%j asks for no waiting',
    (prefer) => {
      const { value, answered } = valueOf<number>(PreferWait, { prefer });
      expect([value, answered]).toEqual([0, {}]);
    },
  );

  it('says what was granted', () => {
    expect(valueOf(PreferWait, { prefer: 'wait=3600' }).answered).toEqual({ 'preference-applied': 'wait=60' });
  });
});
