import type { ServiceName } from '@curfew/contracts';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import type { Config } from '../config.js';
import { connectionAs, databaseName, rolesOf } from './roles.js';

export type Migration = new () => MigrationInterface;

const ROLES_LOCK = 'curfew migrate roles';

/**
 * Brings one service's schema up to date, as the owner of the database. Expand first, contract a release later: the
 * version before must go on working on the schema of the version after.
 */
export async function migrate(config: Config, service: ServiceName, migrations: readonly Migration[]): Promise<void> {
  const roles = rolesOf(config, service);
  const owner = new Client({ connectionString: config.databaseUrl.href });
  await owner.connect();
  try {
    // Two instances may start at once: the second waits and finds nothing left to do.
    await owner.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`curfew migrate ${service}`]);
    // What may be done with a database is one row of the catalogue, which services that start together all write.
    await owner.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [ROLES_LOCK]);
    for (const role of [roles.app, roles.sweeper]) await createRole(owner, config, role, service);
    await owner.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [ROLES_LOCK]);
    await owner.query(
      `CREATE SCHEMA IF NOT EXISTS ${escapeIdentifier(service)};
       GRANT USAGE ON SCHEMA ${escapeIdentifier(service)} TO ${escapeIdentifier(roles.app)}, ${escapeIdentifier(roles.sweeper)}`,
    );
    const database = new DataSource({
      type: 'postgres',
      url: config.databaseUrl.href,
      schema: service,
      migrations: [...migrations],
      migrationsTableName: 'migrations',
      migrationsTransactionMode: 'each',
      extra: { max: 1, options: `-c search_path=${service}` },
    });
    await database.initialize();
    try {
      await database.runMigrations();
    } finally {
      await database.destroy();
    }
  } finally {
    await owner.end();
  }
}

/** Neither owner nor superuser, and bound by row-level security (design §4.11). Nothing waits for ever (F-21). */
async function createRole(owner: Client, config: Config, role: string, service: ServiceName): Promise<void> {
  const { password } = connectionAs(config, role);
  const { rowCount } = await owner.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  const name = escapeIdentifier(role);
  await owner.query(
    `${rowCount ? 'ALTER' : 'CREATE'} ROLE ${name} WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD ${escapeLiteral(password)};
     GRANT CONNECT ON DATABASE ${escapeIdentifier(databaseName(config))} TO ${name};
     ALTER ROLE ${name} SET search_path = ${escapeIdentifier(service)};
     ALTER ROLE ${name} SET statement_timeout = '30s';
     ALTER ROLE ${name} SET lock_timeout = '15s';
     ALTER ROLE ${name} SET idle_in_transaction_session_timeout = '15s'`,
  );
}
