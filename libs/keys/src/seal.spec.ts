import { seal, unseal } from './seal.js';

const master = Buffer.alloc(32, 1);
const purpose = 'signing key acme/k1';

it('what is sealed is read back, and is in none of what is stored', () => {
  const text = '-----BEGIN PRIVATE KEY-----\nschlüssel 🔑';
  const sealed = seal(master, purpose, text);
  expect(unseal(master, purpose, sealed)).toBe(text);
  expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain('PRIVATE');
  expect(seal(master, purpose, text)).not.toBe(sealed);
});

it('opens for its own purpose and master key only', () => {
  const sealed = seal(master, purpose, 'secret');
  expect(() => unseal(master, 'signing key evil/k1', sealed)).toThrow();
  expect(() => unseal(Buffer.alloc(32, 2), purpose, sealed)).toThrow();
});

it('does not open once any of its bytes is changed or missing', () => {
  const bytes = Buffer.from(seal(master, purpose, 'secret'), 'base64');
  for (let index = 0; index < bytes.length; index++) {
    const changed = Buffer.from(bytes);
    changed[index]! ^= 1;
    expect(() => unseal(master, purpose, changed.toString('base64'))).toThrow();
    expect(() => unseal(master, purpose, bytes.subarray(0, index).toString('base64'))).toThrow();
  }
});
