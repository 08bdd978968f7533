import { randomBytes } from 'node:crypto';
import type { ServiceName } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import {
  createDataSource,
  createLogger,
  migrate,
  readConfig,
  Sweeper,
  type Logger,
  type Migration,
  type RunningConfig,
} from '@curfew/runtime';
import { Client, escapeIdentifier } from 'pg';
import type { DataSource } from 'typeorm';

export interface ServiceDatabase {
  readonly config: RunningConfig;
  readonly log: Logger;
  readonly dataSource: DataSource;
  readonly unitOfWork: UnitOfWork;
  readonly sweeper: Sweeper;
  /** The owner of the database, in the service's schema: sees and may do what the service may not. */
  readonly owner: Client;
  /** Drops it, with its roles. */
  close(): Promise<void>;
}

/**
 * A new database on the server of `DATABASE_URL`, with one service's schema and roles: nobody else's rows are in it.
 * `published` is what the unit of work calls after a commit that published: a relay's `wake`, where a test runs one.
 */
export async function openServiceDatabase(
  service: ServiceName,
  migrations: readonly Migration[],
  published: () => void = () => undefined,
): Promise<ServiceDatabase> {
  const server = process.env.DATABASE_URL;
  if (!server) throw new Error('DATABASE_URL is not set: these tests need a PostgreSQL server and its owner');
  const name = `curfew_${randomBytes(6).toString('hex')}`;
  await onServer(server, [`CREATE DATABASE ${escapeIdentifier(name)}`]);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const config: RunningConfig = {
    ...readConfig({
      DATABASE_URL: url.href,
      CURFEW_MASTER_KEY: randomBytes(32).toString('base64'),
      CURFEW_LOG_LEVEL: 'silent',
    }),
    issuer: 'https://curfew.test',
  };
  const log = createLogger(config);
  await migrate(config, service, migrations);
  const dataSource = await createDataSource(config, service, log).initialize();
  const sweeper = new Sweeper(config, service, log);
  const owner = new Client({ connectionString: url.href, options: `-c search_path=${service}` });
  await owner.connect();
  return {
    config,
    log,
    dataSource,
    unitOfWork: new UnitOfWork(dataSource, service, published),
    sweeper,
    owner,
    async close() {
      await Promise.allSettled([owner.end(), sweeper.close(), dataSource.destroy()]);
      const roles = [`${name}_${service}`, `${name}_${service}_sweeper`].map(escapeIdentifier);
      await onServer(server, [`DROP DATABASE ${escapeIdentifier(name)} WITH (FORCE)`, `DROP ROLE ${roles.join(', ')}`]);
    },
  };
}

async function onServer(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
