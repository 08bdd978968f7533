import type { ServiceName } from '@curfew/contracts';
import { connectionAs, rolesOf, type ServiceDefinition } from '@curfew/runtime';
import { openServiceDatabase, type ServiceDatabase } from '@curfew/testing';
import { Client } from 'pg';
import { audit } from '../../audit/src/audit.module.js';
import { console } from '../../console/src/console.module.js';
import { fanout } from '../../fanout/src/fanout.module.js';
import { policy } from '../../policy/src/policy.module.js';
import { registry } from '../../registry/src/registry.module.js';
import { signals } from '../../signals/src/signals.module.js';

const SERVICES: readonly ServiceDefinition[] = [signals, policy, registry, fanout, audit, console];

interface Table {
  readonly name: string;
  readonly tenanted: boolean;
  readonly enabled: boolean;
  readonly forced: boolean;
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly needed: boolean;
}

const TABLES = `
  SELECT c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
         EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped) AS tenanted
  FROM pg_class c WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1`;

const COLUMNS = `
  SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
         a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS needed
  FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped`;

/** Something of its type that no check of the schema refuses; which value it is does not matter. */
const SAMPLES: Readonly<Record<string, string>> = {
  text: `'x'`,
  uuid: 'gen_random_uuid()',
  integer: '1',
  bigint: '1',
  smallint: '1',
  boolean: 'false',
  json: `'{}'`,
  jsonb: `'{}'`,
  bytea: `'x'`,
  'text[]': `'{}'`,
  'timestamp with time zone': 'now()',
};

describe.each(SERVICES.map((definition) => [definition.name, definition] as const))('I7 %s', (name, definition) => {
  let database: ServiceDatabase;
  let app: Client;
  let tables: readonly Table[];

  beforeAll(async () => {
    database = await openServiceDatabase(name, definition.migrations);
    app = new Client(connectionAs(database.config, rolesOf(database.config, name).app));
    await app.connect();
    tables = (await database.owner.query<Table>(TABLES, [name])).rows;
  });

  afterAll(async () => {
    await app.end();
    await database.close();
  });

  const tenanted = () => tables.filter((table) => table.tenanted).map((table) => table.name);

  async function insertRow(table: string, tenant: string): Promise<void> {
    const { rows } = await database.owner.query<Column>(COLUMNS, [`${name}.${table}`]);
    const needed = rows.filter((column) => column.needed && column.name !== 'tenant');
    const values = needed.map(({ type }) => SAMPLES[type] ?? `NULL /* ${type} */`);
    await database.owner.query(
      `INSERT INTO ${table} (tenant${needed.map((column) => `, ${column.name}`).join('')})
       VALUES ('${tenant}'${values.map((value) => `, ${value}`).join('')})`,
    );
  }

  /** As the service, in a transaction that is undone; `tenant` undefined: the code forgot it. */
  async function asService<T>(tenant: string | undefined, work: () => Promise<T>): Promise<T> {
    await app.query('BEGIN');
    try {
      if (tenant !== undefined) await app.query(`SELECT set_config('curfew.tenant', $1, true)`, [tenant]);
      return await work();
    } finally {
      await app.query('ROLLBACK');
    }
  }

  const may = async (table: string, right: string) =>
    (await app.query<{ may: boolean }>('SELECT has_table_privilege($1, $2) AS may', [`${name}.${table}`, right]))
      .rows[0]!.may;

  it('row-level security is on and forced for all that holds a tenant, and nothing else is a tenant’s', () => {
    expect(tenanted().length).toBeGreaterThan(3);
    expect(tables.filter((table) => table.tenanted && !(table.enabled && table.forced))).toEqual([]);
    expect(tables.filter((table) => !table.tenanted).map((table) => table.name)).toEqual(UNTENANTED);
  });

  it('only the rows of the tenant that is set are there, none when the code forgets it; no other’s can be written', async () => {
    for (const table of tenanted()) {
      await database.owner.query('BEGIN; SET LOCAL session_replication_role = replica'); // foreign keys are not the point
      try {
        await insertRow(table, 'globex');
        await database.owner.query('COMMIT');
      } catch (error) {
        await database.owner.query('ROLLBACK');
        throw new Error(`no row could be made in ${table}`, { cause: error });
      }
      const count = async () =>
        Number((await app.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]!.n);
      if (await may(table, 'SELECT')) {
        expect([table, await asService('globex', count)]).toEqual([table, 1]);
        expect([table, await asService('acme', count)]).toEqual([table, 0]);
        expect([table, await asService(undefined, count)]).toEqual([table, 0]);
        expect([table, await asService('', count)]).toEqual([table, 0]);
      }
      if (await may(table, 'DELETE'))
        expect([table, (await asService('acme', () => app.query(`DELETE FROM ${table}`))).rowCount]).toEqual([
          table,
          0,
        ]);
      if (await may(table, 'UPDATE')) {
        const update = `UPDATE ${table} SET tenant = 'acme'`;
        expect([table, (await asService('acme', () => app.query(update))).rowCount]).toEqual([table, 0]);
        await expect(asService('globex', () => app.query(update))).rejects.toThrow(/row-level security/); // given away
      }
      if (await may(table, 'INSERT')) {
        const insert = `INSERT INTO ${table} (tenant) VALUES ('globex')`;
        for (const tenant of ['acme', undefined])
          await expect(asService(tenant, () => app.query(insert))).rejects.toThrow(/row-level security/);
      }
    }
  });

  it('its roles are neither owner nor superuser, and pass no wall', async () => {
    const roles = rolesOf(database.config, name);
    const { rows } = await database.owner.query(
      `SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication AS mighty,
              EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid) AS member,
              EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid) OR EXISTS (SELECT 1 FROM pg_namespace s WHERE s.nspowner = r.oid)
                OR EXISTS (SELECT 1 FROM pg_database d WHERE d.datdba = r.oid) AS owner,
              has_schema_privilege(r.oid, $2, 'CREATE') AS builds
       FROM pg_roles r WHERE rolname = ANY($1) ORDER BY rolname`,
      [[roles.app, roles.sweeper], name],
    );
    const powerless = { mighty: false, member: false, owner: false, builds: false };
    expect(rows).toEqual([
      { rolname: roles.app, ...powerless },
      { rolname: roles.sweeper, ...powerless },
    ]);
    await expect(app.query(`UPDATE ${name}.test_clock SET ahead = interval '1 day'`)).rejects.toThrow(
      /permission denied/,
    );
    await expect(app.query('SET row_security = off; SELECT * FROM inbox')).rejects.toThrow(/row-level security/);
  });

  it('the sweeper, which sees every tenant, may do this and nothing else', async () => {
    const { rows } = await database.owner.query<{ line: string }>(
      `SELECT table_name || coalesce('.' || column_name, '') || ': ' || string_agg(privilege_type, ', ' ORDER BY privilege_type) AS line FROM (
         SELECT table_name, NULL AS column_name, privilege_type FROM information_schema.table_privileges WHERE table_schema = $1 AND grantee = $2
         UNION ALL
         SELECT table_name, column_name, privilege_type FROM information_schema.column_privileges c WHERE table_schema = $1 AND grantee = $2
           AND NOT EXISTS (SELECT 1 FROM information_schema.table_privileges t WHERE t.table_schema = $1 AND t.grantee = $2
                           AND t.table_name = c.table_name AND t.privilege_type = c.privilege_type)) granted
       GROUP BY table_name, column_name ORDER BY 1`,
      [name, rolesOf(database.config, name).sweeper],
    );
    expect(rows.map(({ line }) => line)).toEqual([...SWEEPER_OF_ALL, ...SWEEPER_OF[name]].sort());
  });
});

/** No row of these is a tenant's. */
const UNTENANTED = ['migrations', 'state_seen', 'test_clock'];
/** Relays the outbox, forgets what is old, looks a key up before its tenant is known. */
const SWEEPER_OF_ALL = [
  'idempotency_keys: DELETE, SELECT',
  'inbox: DELETE, SELECT',
  'known_keys: SELECT',
  'outbox: DELETE, SELECT, UPDATE',
  'test_clock: SELECT',
];
const SWEEPER_OF: Readonly<Record<ServiceName, readonly string[]>> = {
  /** What is due, or decided on, and of shifts no more than that; whose the source is that a webhook comes for. */
  signals: [
    ...['duties.next_at: SELECT', 'duties.tenant: SELECT', 'holds: SELECT', 'polls: SELECT, UPDATE'],
    ...['due_at', 'errand_id', 'tenant'].map((column) => `errands.${column}: SELECT`),
    ...['errands.held_until: SELECT, UPDATE', 'errands.holder: UPDATE'],
    ...['look_at', 'shift_id', 'tenant', 'zone_rules'].map((column) => `shifts.${column}: SELECT`),
    ...['signals: SELECT', 'sources.source_id: SELECT', 'sources.tenant: SELECT'],
    ...['transmitters.tenant: SELECT', 'transmitters.transmitter_id: SELECT'],
  ],
  /** An operator lists all tenants; failed sign-ins that can matter no more. */
  policy: ['sign_in_failures: DELETE, SELECT', 'tenants: SELECT'],
  /** Barriers the index lacks, or that have outlived all they can meet; what is due or half done. */
  registry: [
    'approvals: SELECT',
    'barriers: DELETE, SELECT, UPDATE',
    'enforcements: SELECT',
    'limited_barriers: DELETE, SELECT',
    'policy_batches: SELECT',
    'policy_layers: SELECT',
    'revocations: SELECT',
    'sessions: SELECT',
  ],
  /** Claims what is due, and the keys of an application it sends to. */
  fanout: ['applications: SELECT', 'deliveries: SELECT, UPDATE', 'revocations: SELECT'],
  /** Heads that are to be signed. */
  audit: ['chains: SELECT'],
  /** Whose a cookie or a link is; and those that are over. */
  console: ['administrators: DELETE, SELECT', 'sign_in_links: DELETE, SELECT'],
};
