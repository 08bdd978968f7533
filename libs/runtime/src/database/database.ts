import type { ServiceName } from '@curfew/contracts';
import { Pool, type PoolClient, type QueryResultRow } from 'pg';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import type { Config } from '../config.js';
import { connectionAs, rolesOf } from './roles.js';

const POOL = 10;
const SWEEPER_POOL = 4;

export function createDataSource(config: Config, service: ServiceName, log: Logger): DataSource {
  const { host, port, user, password, database } = connectionAs(config, rolesOf(config, service).app);
  return new DataSource({
    type: 'postgres',
    host,
    port,
    username: user,
    password,
    database,
    schema: service,
    connectTimeoutMS: 5_000,
    poolErrorHandler: (error: Error) => log.warn({ err: error }, 'an idle database connection was lost'),
    extra: { max: POOL, keepAlive: true, idleTimeoutMillis: 60_000, pipeline: true },
  });
}

/**
 * What must look across tenants (claims of due work, look-ups of a key before its tenant is known) runs as a second
 * role, whose grants the migrations list. It never writes what belongs to a tenant's history: that is a `UnitOfWork`.
 */
export class Sweeper {
  private readonly pool: Pool;

  constructor(config: Config, service: ServiceName, log: Logger) {
    this.pool = new Pool({ ...connectionAs(config, rolesOf(config, service).sweeper), max: SWEEPER_POOL });
    this.pool.on('error', (error) => log.warn({ err: error }, 'an idle sweeper connection was lost'));
  }

  async sql<Row extends QueryResultRow = QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    return (await this.pool.query<Row>(text, values as unknown[])).rows;
  }

  /** Holds the session lock `name` while it works; undefined when another instance has it. */
  async alone<T>(name: string, work: (client: PoolClient) => Promise<T>): Promise<T | undefined> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      const { rows } = await client.query<{ locked: boolean }>(
        'SELECT pg_try_advisory_lock(hashtextextended($1, 1)) AS locked',
        [name],
      );
      if (!rows[0]?.locked) return undefined;
      try {
        return await work(client);
      } finally {
        await client
          .query('SELECT pg_advisory_unlock(hashtextextended($1, 1))', [name])
          .catch((error: Error) => (broken = error));
      }
    } finally {
      client.release(broken);
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
