import { exclusive, lockStatement, shared } from './locks.js';

const keyOf = (lock: ReturnType<typeof shared>) => /\((-?\d+)\)/.exec(lockStatement(lock))![1]!;

it('one name is one key, shared or exclusive, and it is 64 bits wide as PostgreSQL reads them', () => {
  expect(keyOf(shared('subject', 'acme', 'u-1'))).toBe(keyOf(exclusive('subject', 'acme', 'u-1')));
  for (let i = 0; i < 200; i++) {
    const key = BigInt(keyOf(exclusive('subject', 'acme', `u-${i}`)));
    expect(key).toBe(BigInt.asIntN(64, key));
  }
});

it('names that differ have keys that differ, wherever the parts are cut', () => {
  const locks = [
    shared('tenant', 'acme'),
    shared('subject', 'acme', 'u-1'),
    shared('device', 'acme', 'u-1'),
    shared('subject', 'globex', 'u-1'),
    shared('subject', 'acmeu', '-1'),
    shared('subject', 'acme:u', '1'),
    shared('subject', '', 'acmeu-1'),
    shared('subject', 'acme', 'u-1 '),
  ];
  expect(new Set(locks.map(keyOf)).size).toBe(locks.length);
});

it('a name never becomes a part of the statement', () => {
  const statement = lockStatement(exclusive('subject', "a'); DROP TABLE outbox; --", "'"));
  expect(statement).toMatch(/^SELECT pg_advisory_xact_lock\(-?\d+\)$/);
  expect(lockStatement(shared('subject', "'"))).toMatch(/^SELECT pg_advisory_xact_lock_shared\(-?\d+\)$/);
});
