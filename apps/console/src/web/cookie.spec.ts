import { cookieOf, tokenOf } from './cookie.js';

const token = 'a'.repeat(43);

it('is for this origin and no script, and beyond this machine for TLS only', () => {
  expect(cookieOf(token, '127.0.0.1:4100')).toBe(`curfew-console=${token}; Path=/; HttpOnly; SameSite=Strict`);
  expect(cookieOf(token, 'curfew.acme.test')).toBe(
    `__Host-curfew-console=${token}; Path=/; HttpOnly; SameSite=Strict; Secure`,
  );
  expect(cookieOf(undefined, 'localhost')).toContain('Max-Age=0');
});

it('is read back among others; one without the prefix is no sign-in beyond this machine', () => {
  expect(tokenOf(`x=1; curfew-console=${token}`, 'localhost:1')).toBe(token);
  expect(tokenOf(`curfew-console=${token}`, 'curfew.acme.test')).toBeUndefined();
  expect(tokenOf(`__Host-curfew-console=${token}`, 'curfew.acme.test')).toBe(token);
  expect(tokenOf('curfew-console=short', 'localhost')).toBeUndefined();
  expect(tokenOf(`curfew-console=${token}`, '127.0.0.1.evil.test')).toBeUndefined();
});
