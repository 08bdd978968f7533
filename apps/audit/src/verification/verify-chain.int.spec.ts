import { randomUUID } from 'node:crypto';
import {
  AuditHeadsAskedV1,
  AuditHeadSignedV1,
  type AuditHeadsWitnessedV1,
  type CurfewEvent,
  type DataOf,
} from '@curfew/contracts';
import { generateSigningKey, signJwt } from '@curfew/keys';
import { openServiceDatabase, type ServiceDatabase } from '@curfew/testing';
import { until } from '../../../../test/support/until.js';
import { AppendEntries } from '../chain/append-entries.js';
import { entryHash, GENESIS } from '../chain/entry.js';
import { EntryStore } from '../chain/entry.store.js';
import { SignHeads } from '../chain/sign-heads.js';
import { Init1764000000000 } from '../migrations/1764000000000-init.js';
import { VerifyChain, type Verification } from './verify-chain.js';

type Head = DataOf<typeof AuditHeadSignedV1>;

/** What the owner of the database can do to the trail, and that a verification names it (F-89, AU-10). */
describe('verification of the audit trail', () => {
  let db: ServiceDatabase;
  let store: EntryStore;
  let append: AppendEntries;
  let verifyChain: VerifyChain;
  let tenant: string;
  beforeAll(async () => {
    db = await openServiceDatabase('audit', [Init1764000000000]);
    store = new EntryStore(db.sweeper);
    append = new AppendEntries(store);
    verifyChain = new VerifyChain(db.unitOfWork, store, db.config);
  });
  afterAll(() => db.close());

  const events = (count: number): CurfewEvent[] =>
    Array.from({ length: count }, (_, n) => ({
      specversion: '1.0',
      id: randomUUID(),
      source: '/curfew/registry',
      type: 'curfew.session.opened.v1',
      subject: `u-${n}`,
      time: new Date().toISOString(),
      datacontenttype: 'application/json',
      tenant,
      partitionkey: `${tenant}:u-${n}`,
      correlationid: randomUUID(),
      actor: 'key:test',
      data: { n, why: 'naïve "quotes"' },
    }));
  const write = (count: number) => db.unitOfWork.run(tenant, (tx) => append.execute(events(count), tx));
  async function sign(): Promise<void> {
    const signing = new SignHeads(db.unitOfWork, store, db.config, db.log);
    signing.onApplicationBootstrap();
    await signing.beforeApplicationShutdown();
  }
  async function published<Data>({ type }: { type: string }): Promise<Data[]> {
    const { rows } = await db.owner.query<{ message: string }>(
      'SELECT message FROM outbox WHERE tenant = $1 ORDER BY id',
      [tenant],
    );
    return rows
      .map(({ message }) => JSON.parse(message) as CurfewEvent<Data>)
      .filter((event) => event.type === type)
      .map(({ data }) => data);
  }
  /** With a witness that has kept every head it was told of, as policy does. */
  async function verify(): Promise<Verification> {
    const asked = (await published(AuditHeadsAskedV1)).length;
    const verifying = verifyChain.execute({ tenant, actor: 'key:auditor' });
    const { verificationId } = await until(
      'the witness is asked',
      async () => (await published<DataOf<typeof AuditHeadsAskedV1>>(AuditHeadsAskedV1))[asked],
    );
    const heads = await published<Head>(AuditHeadSignedV1);
    const answer = { data: { verificationId, heads } } as unknown as AuditHeadsWitnessedV1;
    await db.unitOfWork.run(tenant, (tx) => verifyChain.witnessed([answer], tx));
    return verifying;
  }
  const tamper = (sql: string, values: unknown[] = []) => db.owner.query(sql, [tenant, ...values]);
  /** Whoever rewrites the trail does it well: every hash fits the one before. */
  async function recompute(): Promise<void> {
    const entries = await db.unitOfWork.run(tenant, (tx) => store.walk(tx, 0, 1_000));
    let hash = GENESIS;
    for (const entry of entries) {
      hash = entryHash(tenant, hash, entry);
      await tamper('UPDATE entries SET hash = $3 WHERE tenant = $1 AND seq = $2', [entry.seq, hash]);
      await tamper('UPDATE heads SET hash = $3 WHERE tenant = $1 AND seq = $2', [entry.seq, hash]);
    }
    await tamper('UPDATE chains SET hash = $2 WHERE tenant = $1', [hash]);
  }

  beforeEach(async () => {
    tenant = `t-${randomUUID()}`;
    await write(4);
    await write(6);
    await sign();
    await write(5);
    await write(5);
    await sign();
  });

  it('finds nothing in a trail that nobody touched', async () => {
    expect(await verify()).toMatchObject({ valid: true, entries: 20, signedHeads: 2, witnessedHeads: 2, faults: [] });
  });

  it.each([
    ['data', `'{"n":99}'`],
    ['data', `'{"n": 6,"why":"naïve \\"quotes\\""}'`], // the same to whoever reads it as JSON
    ['actor', `'somebody else'`],
    ['subject', `'u-77'`],
    ['type', `'curfew.session.refused.v1'`],
    ['source', `'/curfew/policy'`],
    ['occurred_at', `'2020-01-01T00:00:00.000Z'`],
    ['event_id', `'another'`],
    ['correlation_id', `'another'`],
    ['causation_id', `'another'`],
  ])('names an entry whose %s was changed (%s)', async (column, value) => {
    await tamper(`UPDATE entries SET ${column} = ${value} WHERE tenant = $1 AND seq = 7`);
    expect(await verify()).toMatchObject({ valid: false, faults: [{ kind: 'entry_changed', seq: 7 }] });
  });

  it.each([1, 7, 10])('names entry %d when it was deleted', async (seq) => {
    await tamper('DELETE FROM entries WHERE tenant = $1 AND seq = $2', [seq]);
    const { valid, faults } = await verify();
    expect(valid).toBe(false);
    expect(faults[0]).toEqual({ kind: 'entry_missing', seq });
  });

  it('names two that changed places, and one that was put in between', async () => {
    await tamper('UPDATE entries SET seq = CASE seq WHEN 5 THEN -6 ELSE -5 END WHERE tenant = $1 AND seq IN (5, 6)');
    await tamper('UPDATE entries SET seq = -seq WHERE tenant = $1 AND seq < 0');
    expect((await verify()).faults[0]).toEqual({ kind: 'entry_changed', seq: 5 });
    await tamper(
      `INSERT INTO entries SELECT tenant, seq + 16, 'forged', type, source, subject, occurred_at, actor, correlation_id, causation_id, data, hash
       FROM entries WHERE tenant = $1 AND seq = 5`,
    );
    expect((await verify()).faults).toContainEqual({ kind: 'entry_changed', seq: 21 });
  });

  it('names a tail that was cut, by the witness when audit’s own heads were cut with it', async () => {
    await tamper('DELETE FROM entries WHERE tenant = $1 AND seq > 15');
    expect((await verify()).faults).toEqual([
      { kind: 'tail_cut', seq: 20, by: 'signed head' },
      { kind: 'tail_cut', seq: 20, by: 'witness' },
    ]);
    await tamper('DELETE FROM heads WHERE tenant = $1 AND seq > 15');
    await tamper('UPDATE chains SET seq = 15, signed_seq = 10 WHERE tenant = $1');
    expect((await verify()).faults).toEqual([{ kind: 'tail_cut', seq: 20, by: 'witness' }]);
  });

  it('names a chain that was rewritten as a whole: its heads bear no signature for it', async () => {
    await tamper(`UPDATE entries SET actor = 'somebody else' WHERE tenant = $1 AND seq = 12`);
    await recompute();
    expect((await verify()).faults).toEqual([
      { kind: 'head_differs', seq: 20, by: 'witness' },
      { kind: 'head_differs', seq: 20, by: 'signed head' },
    ]);
  });

  it('names it by the witness alone when the heads were signed anew, with a key put among ours', async () => {
    await tamper(`UPDATE entries SET actor = 'somebody else' WHERE tenant = $1 AND seq = 2`);
    await recompute();
    const key = await generateSigningKey('EdDSA');
    await tamper(
      `INSERT INTO signing_keys (tenant, kid, alg, public_jwk, private_sealed, activates_at) VALUES ($1, $2, 'EdDSA', $3, '', now())`,
      [key.kid, JSON.stringify(key.publicJwk)],
    );
    for (const { seq, hash } of await db.unitOfWork.run(tenant, (tx) => store.heads(tx))) {
      const jws = await signJwt(key, 'audit-head+jwt', { tenant, seq, hash });
      await tamper('UPDATE heads SET jws = $3, kid = $4 WHERE tenant = $1 AND seq = $2', [seq, jws, key.kid]);
    }
    expect((await verify()).faults).toEqual([
      { kind: 'head_differs', seq: 10, by: 'witness' },
      { kind: 'head_differs', seq: 20, by: 'witness' },
    ]);
  });

  it('writers at once, and heads signed meanwhile: one chain without gap or fork', async () => {
    await Promise.all([...Array.from({ length: 12 }, () => write(5)), sign(), sign()]);
    await sign();
    expect(await verify()).toMatchObject({ valid: true, entries: 80 });
  });

  it('AU-01 the service itself can add to the trail, and neither change nor remove', async () => {
    for (const sql of [
      `UPDATE entries SET actor = 'x' WHERE tenant = $1`,
      'DELETE FROM entries WHERE tenant = $1',
      'DELETE FROM heads WHERE tenant = $1',
      `UPDATE heads SET hash = 'x' WHERE tenant = $1`,
    ])
      await expect(db.unitOfWork.run(tenant, (tx) => tx.sql(sql, [tenant]))).rejects.toThrow('permission denied');
    expect(await verify()).toMatchObject({ valid: true });
  });
});
