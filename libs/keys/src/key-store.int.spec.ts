import { randomBytes } from 'node:crypto';
import { messagingTables, rolesFor } from '@curfew/messaging';
import { openServiceDatabase, type ServiceDatabase } from '@curfew/testing';
import type { QueryRunner } from 'typeorm';
import { KeyStore, signingKeysTable } from './key-store.js';
import { privatePem } from './signing-key.js';

/** The least a service that signs has. */
class KeysOnly {
  readonly name = 'KeysOnly1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'fanout');
    await runner.query(`${messagingTables(roles)} ${signingKeysTable(roles)}`);
  }

  async down(): Promise<void> {}
}

const DAY = 24 * 3_600;

describe('the key store', () => {
  let db: ServiceDatabase;
  let keys: KeyStore;
  let tenant = 0;
  beforeAll(async () => {
    db = await openServiceDatabase('fanout', [KeysOnly]);
    keys = new KeyStore(db.config.masterKey);
  });
  afterAll(() => db.close());
  beforeEach(() => void tenant++);

  const current = () => db.unitOfWork.run(`t-${tenant}`, (tx) => keys.current(tx, 'ES256'));
  const rotate = (activateAfterSeconds: number, compromised = false) =>
    db.unitOfWork.run(`t-${tenant}`, (tx) => keys.rotate(tx, 'ES256', { activateAfterSeconds, compromised }));
  const published = async () =>
    (await db.unitOfWork.run(`t-${tenant}`, (tx) => keys.published(tx))).map(({ kid }) => kid);
  const later = (seconds: number) =>
    db.owner.query('UPDATE test_clock SET ahead = ahead + make_interval(secs => $1)', [seconds]);

  it('makes the first key once, however many ask at once, and another for each tenant', async () => {
    const eight = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 8 }, work));
    await eight(published); // each has its connection: they start together
    const found = await eight(current);
    expect(new Set(found.map(({ kid }) => kid)).size).toBe(1);
    tenant++;
    expect((await current()).kid).not.toBe(found[0]!.kid);
    expect(await published()).toHaveLength(1);
  });

  it('F-61 a key is published before it signs and a day after it did, so no cache is without it', async () => {
    const before = await current();
    const { key: next, previousKid } = await rotate(600);
    expect(previousKid).toBe(before.kid);
    expect((await published()).sort()).toEqual([before.kid, next.kid].sort());
    expect((await current()).kid).toBe(before.kid);
    await later(601);
    expect((await current()).kid).toBe(next.kid);
    expect(await published()).toContain(before.kid);
    await later(DAY - 10);
    expect(await published()).toContain(before.kid);
    await later(10);
    expect(await published()).toEqual([next.kid]);
  });

  it('F-61 of a compromised key nothing is believed: it and all before and beside it are published no longer, the new one signs', async () => {
    const first = await current();
    const { key: second } = await rotate(0);
    const { key: next } = await rotate(600);
    const { key: fresh, previousKid, withdrawnKids } = await rotate(0, true);
    expect(previousKid).toBe(second.kid);
    expect(withdrawnKids.sort()).toEqual([first.kid, second.kid, next.kid].sort());
    expect(await published()).toEqual([fresh.kid]);
    expect((await current()).kid).toBe(fresh.kid);
    await later(601); // the one that was to sign by now is withdrawn as well
    expect((await current()).kid).toBe(fresh.kid);
  });

  it('a key that was to sign later does not, once one that was made after it signs', async () => {
    await current();
    await rotate(600);
    const { key } = await rotate(0);
    await later(601);
    expect((await current()).kid).toBe(key.kid);
  });

  it('two rotations at once: the last signs, and all are published', async () => {
    await current();
    const rotated = await Promise.all([rotate(0), rotate(0)]);
    expect(rotated.map(({ key }) => key.kid)).toContain((await current()).kid);
    expect(await published()).toHaveLength(3);
  });

  it('private keys are sealed at rest: of no use without the master key, in another tenant, or for another key', async () => {
    const key = await current();
    const { rows } = await db.owner.query<{ row: string; private_sealed: string }>(
      'SELECT s::text AS row, private_sealed FROM signing_keys s WHERE tenant = $1',
      [`t-${tenant}`],
    );
    const secret = key.privateKey.export({ format: 'jwk' }).d!;
    const bytes = Buffer.from(rows[0]!.private_sealed, 'base64');
    for (const text of [secret, privatePem(key).split('\n')[1]!, 'PRIVATE KEY']) {
      expect(rows[0]!.row).not.toContain(text);
      expect(bytes.includes(text)).toBe(false);
    }
    for (const encoding of ['base64url', 'base64'] as const)
      expect(bytes.includes(Buffer.from(secret, encoding))).toBe(false);
    expect(bytes.includes(Buffer.from(privatePem(key).split('\n')[1]!, 'base64'))).toBe(false);
    await expect(
      db.unitOfWork.run(`t-${tenant}`, (tx) => new KeyStore(randomBytes(32)).current(tx, 'ES256')),
    ).rejects.toThrow();
    await db.owner.query(`UPDATE signing_keys SET tenant = 'thief' WHERE tenant = $1`, [`t-${tenant}`]);
    await expect(db.unitOfWork.run('thief', (tx) => keys.current(tx, 'ES256'))).rejects.toThrow();
  });
});
