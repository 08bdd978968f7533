import { Idempotency, type IdempotentRequest } from './idempotency.js';
import { valueOf } from './param-decorator.fake.js';

const request = { method: 'POST', url: '/v1/signals', body: { a: 1 }, principal: { keyId: 'key-1' } };
const read = (key: string | undefined, more: object = {}): IdempotentRequest | undefined =>
  valueOf<IdempotentRequest | undefined>(Idempotency, { 'idempotency-key': key }, { ...request, ...more }).value;

describe('Idempotency-Key', () => {
  it('may be left out', () => expect(read(undefined)).toBeUndefined());

  it('is the same with and without the quotes the draft asks for', () => {
    expect(read('"8e03978e"')).toEqual(read('8e03978e'));
    expect(read('8e03978e')).toMatchObject({ holder: 'key-1', key: '8e03978e' });
  });

  it.each(['', '""', ' ', 'a b', 'a"b', 'ä', 'x'.repeat(256), 'a\tb'])('%j is none', (key) =>
    expect(() => read(key)).toThrow(expect.objectContaining({ code: 'invalid_field' }) as Error),
  );

  it('belongs to who sent it', () => {
    expect(read('k', { principal: { keyId: 'key-2' } })!.holder).not.toBe(read('k')!.holder);
  });

  it('F-65: is tied to the request: another body, path or method is another request', () => {
    const { hash } = read('k')!;
    expect(read('k')!.hash).toBe(hash);
    for (const more of [{ body: { a: 2 } }, { url: '/v1/revocations' }, { method: 'PUT' }, { body: undefined }])
      expect(read('k', more)!.hash).not.toBe(hash);
  });
});
