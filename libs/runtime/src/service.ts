import type { EventDefinition, ServiceName } from '@curfew/contracts';
import { Inject, type Type } from '@nestjs/common';
import type { Config } from './config.js';
import type { Migration } from './database/migrate.js';

/** One service: its name is also its folder, image, schema, consumer group and deployment. */
export interface ServiceDefinition {
  readonly name: ServiceName;
  readonly module: Type;
  readonly migrations: readonly Migration[];
  /** The paths it answers, by prefix; where several services share a listener the longest wins. */
  readonly paths: readonly string[];
  /** How long its batches of events wait for company. */
  readonly eventLingerMs?: number;
  /** Of these none waits for it: somebody waits for what is made of it. */
  readonly promptEvents?: readonly EventDefinition[];
}

export const CONFIG = Symbol('Config');
export const InjectConfig = (): ParameterDecorator => Inject(CONFIG);

/** The configuration as a running service has it: where there is a default that depends on the form, it is filled in. */
export interface RunningConfig extends Config {
  readonly issuer: string;
}

/** One issuer a tenant: the base itself for `default`, `<base>/t/{tenant}` for the others. */
export const issuerFor = (tenant: string, base: string): string =>
  tenant === 'default' ? base : `${base}/t/${tenant}`;
