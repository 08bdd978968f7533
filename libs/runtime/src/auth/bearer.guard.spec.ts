import { bearerToken } from './bearer.guard.js';

describe('a bearer token', () => {
  it.each(['Bearer cfw_abc', 'bearer cfw_abc', 'BEARER cfw_abc'])('is in %j', (header) =>
    expect(bearerToken(header)).toBe('cfw_abc'),
  );

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer  two-spaces',
    'Bearer a b',
    ' Bearer a',
    'Bearer a\n',
    'Bearer a\r\nx: y',
    'Bearer schlüssel',
    'Basic YTpi',
    'cfw_abc',
    `Bearer ${'x'.repeat(301)}`,
  ])('is not in %j', (header) => expect(bearerToken(header)).toBeUndefined());

  it('is not looked for without end', () => {
    const began = performance.now();
    expect(bearerToken(`Bearer ${'x '.repeat(1_000_000)}`)).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
