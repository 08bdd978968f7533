import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
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
           opened_by_broker, last_activity_at, idle_seconds, absolute_expires_at, expires_at, epoch, ip, user_agent)
         SELECT 'default', uuidv7(), (ARRAY[${clientIds.map((id) => `'${id}'`).join(',')}])[1 + n % ${clientIds.length}],
           gen_random_uuid()::text, 'seeded-' || n / 3, 'seeded-device-' || n / 3, now, now, now, false, now, 36000,
           now + interval '10 hours', now + interval '10 hours', nextval('registry.epochs'), '192.0.2.' || n % 250,
           'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
         FROM generate_series(1, ${count}) n, clock_timestamp() now;
       ANALYZE registry.sessions, registry.subjects, registry.devices;`,
    );
  }

  /**
   * Changes so many sessions a second until it is stopped, as activity, ends and sign-ins would: of ten, eight are used, one
   * ends and one begins.
   */
  async change(perSecond: number): Promise<() => Promise<void>> {
    const client = new Client(this.url);
    await client.connect();
    const { rows } = await client.query<{ id: string }>(
      `SELECT session_id AS id FROM registry.sessions WHERE tenant = 'default' AND ended_at IS NULL AND subject_id LIKE 'seeded-%'`,
    );
    const live = rows.map(({ id }) => id);
    const some = (count: number): string[] => Array.from({ length: count }, () => live[randomInt(live.length)]!);
    const tenth = Math.max(1, Math.round(perSecond / CHANGES_EACH_S / 10));
    const change = async (): Promise<void> => {
      const ended = some(tenth);
      await client.query(
        `UPDATE registry.sessions SET last_activity_at = clock_timestamp() WHERE session_id = ANY($1)`,
        [some(8 * tenth)],
      );
      const { rows: begun } = await client.query<{ id: string }>(
        `WITH over AS (
           UPDATE registry.sessions SET ended_at = clock_timestamp(), cause = 'idle_timeout'
           WHERE session_id = ANY($1) AND ended_at IS NULL RETURNING *)
         INSERT INTO registry.sessions (tenant, session_id, client_id, sid, subject_id, device_id, authenticated_at, judged_at, opened_at,
           opened_by_broker, last_activity_at, idle_seconds, absolute_expires_at, expires_at, epoch, ip, user_agent)
         SELECT tenant, uuidv7(), client_id, gen_random_uuid()::text, subject_id, device_id, now, now, now, false, now, idle_seconds,
           absolute_expires_at, expires_at, epoch, ip, user_agent FROM over, clock_timestamp() now RETURNING session_id AS id`,
        [ended],
      );
      for (const [at, { id }] of begun.entries()) live[live.indexOf(ended[at]!)] = id;
    };
    let stopped = false;
    const running = (async () => {
      for (let at = performance.now(); !stopped; at += 1000 / CHANGES_EACH_S) {
        await change();
        await sleep(Math.max(0, at - performance.now()));
      }
    })();
    return async () => {
      stopped = true;
      await running;
      await client.end();
    };
  }
}

/** So many times a second some of them change. */
const CHANGES_EACH_S = 10;
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
