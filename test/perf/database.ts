import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** A database of its own for one form, and the owner's hand in it, to fill it with what would take minutes by HTTP. */
export class BenchDatabase {
  private constructor(
    readonly url: string,
    private readonly name: string,
  ) {}

  static async create(): Promise<BenchDatabase> {
    const name = `bench_${randomBytes(4).toString('hex')}`;
    await query(serverUrl(), `CREATE DATABASE ${name}`);
    const url = new URL(serverUrl());
    url.pathname = `/${name}`;
    return new BenchDatabase(url.href, name);
  }

  drop(): Promise<void> {
    return query(serverUrl(), `DROP DATABASE ${this.name} WITH (FORCE)`);
  }

  /** Live sessions of other people, three a person, spread over the applications; what stands in the tables as if they had signed in. */
  async addLiveSessions(count: number, clientIds: readonly string[]): Promise<void> {
    await query(
      this.url,
      `INSERT INTO registry.subjects (tenant, subject_id, identifiers, accounts, groups, attributes, listed)
         SELECT 'default', 'seeded-' || n, '{}', '[]', '{}', '{}', true FROM generate_series(1, ${Math.ceil(count / 3)}) n
         ON CONFLICT DO NOTHING;
       INSERT INTO registry.devices (tenant, device_id) SELECT 'default', 'seeded-device-' || n FROM generate_series(1, ${Math.ceil(count / 3)}) n
         ON CONFLICT DO NOTHING;
       INSERT INTO registry.sessions (tenant, session_id, client_id, sid, subject_id, device_id, authenticated_at, judged_at, opened_at,
           opened_by_broker, last_activity_at, idle_seconds, absolute_expires_at, expires_at, epoch)
         SELECT 'default', gen_random_uuid(), (ARRAY[${clientIds.map((id) => `'${id}'`).join(',')}])[1 + n % ${clientIds.length}],
           gen_random_uuid()::text, 'seeded-' || n / 3, 'seeded-device-' || n / 3, now, now, now, false, now, 36000,
           now + interval '10 hours', now + interval '10 hours', nextval('registry.epochs')
         FROM generate_series(1, ${count}) n, clock_timestamp() now;
       ANALYZE registry.sessions, registry.subjects, registry.devices;`,
    );
  }
}

const serverUrl = (): string => process.env.BENCH_DATABASE_URL!;

async function query(url: string, text: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
