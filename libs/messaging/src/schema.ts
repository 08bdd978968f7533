import type { QueryRunner } from 'typeorm';

/**
 * SQL every service's schema shares. The wall between tenants stands in the database as well (design §4.11): services
 * connect as a role that owns nothing, and each row is seen only while its tenant is set in the transaction.
 */
export interface SchemaRoles {
  readonly schema: string;
  /** What the service works as. Sees one tenant at a time. */
  readonly app: string;
  /** What relays and sweepers work as. Sees every tenant, in the tables it is granted. */
  readonly sweeper: string;
}

/** Roles are the cluster's, not the database's: named after the database, so that two products share a server. */
export const rolesIn = (database: string, service: string): SchemaRoles => ({
  schema: service,
  app: `${database}_${service}`,
  sweeper: `${database}_${service}_sweeper`,
});

/** The roles a migration grants to. */
export async function rolesFor(runner: QueryRunner, service: string): Promise<SchemaRoles> {
  const [row] = (await runner.query('SELECT current_database() AS name')) as { name: string }[];
  return rolesIn(row!.name, service);
}

/** `sweeper`: what the second role may do with the table, across tenants. */
export function tenantTable(
  { app, sweeper }: SchemaRoles,
  table: string,
  sweeperGrants?: string,
  appGrants = 'SELECT, INSERT, UPDATE, DELETE',
): string {
  return `
    ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
    CREATE POLICY tenant_wall ON ${table} TO "${app}"
      USING (tenant = current_setting('curfew.tenant', true)) WITH CHECK (tenant = current_setting('curfew.tenant', true));
    GRANT ${appGrants} ON ${table} TO "${app}";
    ${
      sweeperGrants
        ? `CREATE POLICY all_tenants ON ${table} TO "${sweeper}" USING (true) WITH CHECK (true);
           GRANT ${sweeperGrants} ON ${table} TO "${sweeper}";`
        : ''
    }`;
}

/** Outbox, inbox, idempotency keys, the marks of state taken in, and the clock deadlines are compared by. */
export function messagingTables(roles: SchemaRoles): string {
  return `
    CREATE TABLE outbox (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      tenant text NOT NULL,
      topic text NOT NULL,
      key text NOT NULL,
      message text NOT NULL,
      sent_at timestamptz
    );
    CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL AND topic NOT LIKE '%.bulk';
    CREATE INDEX outbox_unsent_bulk ON outbox (id) WHERE sent_at IS NULL AND topic LIKE '%.bulk';
    CREATE INDEX outbox_state ON outbox (topic, key, id) WHERE sent_at IS NOT NULL;
    ${tenantTable(roles, 'outbox', 'SELECT, UPDATE, DELETE', 'INSERT')}

    CREATE TABLE inbox (
      event_id text PRIMARY KEY,
      tenant text NOT NULL,
      received_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE INDEX inbox_age ON inbox (received_at);
    ${tenantTable(roles, 'inbox', 'SELECT, DELETE', 'SELECT, INSERT')}

    CREATE TABLE idempotency_keys (
      tenant text NOT NULL,
      holder text NOT NULL,
      key text NOT NULL,
      request_hash text NOT NULL,
      response json,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (tenant, holder, key)
    );
    CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
    ${tenantTable(roles, 'idempotency_keys', 'SELECT, DELETE')}

    CREATE TABLE state_seen (topic text PRIMARY KEY, seen_at timestamptz NOT NULL DEFAULT clock_timestamp());
    GRANT SELECT, INSERT ON state_seen TO "${roles.app}";

    -- Every deadline is compared by this one clock, in milliseconds as everywhere else. Only a test, as the owner of the table, can move it.
    CREATE TABLE test_clock (ahead interval NOT NULL);
    INSERT INTO test_clock VALUES (interval '0');
    GRANT SELECT ON test_clock TO "${roles.app}", "${roles.sweeper}";
    CREATE FUNCTION curfew_now() RETURNS timestamptz LANGUAGE sql VOLATILE
      AS 'SELECT date_trunc(''milliseconds'', clock_timestamp() + (SELECT ahead FROM ${roles.schema}.test_clock))';`;
}
