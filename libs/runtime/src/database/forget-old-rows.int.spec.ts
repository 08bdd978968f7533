import { messagingTables, rolesFor } from '@curfew/messaging';
import { openServiceDatabase, type ServiceDatabase } from '@curfew/testing';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ForgetOldRows } from './forget-old-rows.js';

class Tables1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(messagingTables(await rolesFor(runner, 'policy')));
  }

  async down(): Promise<void> {}
}

describe('what a service forgets', () => {
  let database: ServiceDatabase;
  beforeAll(async () => {
    database = await openServiceDatabase('policy', [Tables1764000000000]);
  });
  afterAll(() => database.close());

  it('is old inbox rows and old idempotency keys, of every tenant, and no younger ones', async () => {
    const { owner, sweeper, log } = database;
    await owner.query(
      `INSERT INTO inbox (tenant, event_id, received_at) SELECT t, t || d, now() - make_interval(days => d)
         FROM unnest(ARRAY['a', 'b']) t, unnest(ARRAY[0, 29, 31, 400]) d;
       INSERT INTO idempotency_keys (tenant, holder, key, request_hash, created_at) SELECT 'a', 'h', d::text, '', now() - make_interval(days => d)
         FROM unnest(ARRAY[0, 2, 4]) d`,
    );
    expect(await new ForgetOldRows(sweeper, log).forget()).toBe(false);
    const left = async (text: string) => (await owner.query<{ id: string }>(text)).rows.map(({ id }) => id);
    expect(await left('SELECT event_id AS id FROM inbox ORDER BY 1')).toEqual(['a0', 'a29', 'b0', 'b29']);
    expect(await left('SELECT key AS id FROM idempotency_keys ORDER BY 1')).toEqual(['0', '2']);
  });
});
