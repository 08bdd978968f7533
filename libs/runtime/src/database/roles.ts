import type { ServiceName } from '@curfew/contracts';
import { rolesIn, type SchemaRoles } from '@curfew/messaging';
import type { ClientConfig } from 'pg';
import { derivedSecret, type Config } from '../config.js';

export const rolesOf = (config: Config, service: ServiceName): SchemaRoles => rolesIn(databaseName(config), service);

export const databaseName = (config: Config): string =>
  decodeURIComponent(config.databaseUrl.pathname.slice(1)) || 'curfew';

/** The same place, as another role. */
export function connectionAs(
  config: Config,
  role: string,
): ClientConfig & { host: string; port: number; user: string; password: string; database: string } {
  return {
    host: config.databaseUrl.hostname,
    port: Number(config.databaseUrl.port || 5432),
    database: databaseName(config),
    user: role,
    password: derivedSecret(config, `database role ${role}`),
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    ...(config.databaseUrl.searchParams.get('sslmode') === 'require' ? { ssl: true } : {}),
  };
}
