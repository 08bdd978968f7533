import 'reflect-metadata';
import type { ServiceName } from '@curfew/contracts';
import {
  EventServer,
  isUnavailable,
  KafkaEventTransport,
  MemoryEventTransport,
  OutboxRelay,
  UnitOfWork,
  type EventTransport,
} from '@curfew/messaging';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { KeyDirectory } from './auth/key-directory.js';
import { portOf, readConfig, type Config } from './config.js';
import { createDataSource, Sweeper } from './database/database.js';
import { migrate } from './database/migrate.js';
import { connectionAs, rolesOf } from './database/roles.js';
import { createAdapter } from './http/adapter.js';
import { Listener } from './http/listener.js';
import { readOpenApi } from './http/openapi.js';
import { validationPipe } from './http/validation.js';
import { createLogger, logPublished, nestLogger, type Logger } from './logging.js';
import { Metrics } from './metrics.js';
import type { RunningConfig, ServiceDefinition } from './service.js';
import { ServiceContextModule } from './service-context.module.js';

export interface RunningServices {
  readonly url: string;
  readonly config: RunningConfig;
  readonly log: Logger;
  stop(): Promise<void>;
}

interface Started {
  readonly definition: ServiceDefinition;
  readonly app: INestApplication;
  readonly database: DataSource;
  readonly sweeper: Sweeper;
  readonly relay: OutboxRelay;
  readonly keys: KeyDirectory;
}

/**
 * Starts one service or all of them; nothing else differs between the forms. Each gets a container, a database schema,
 * a consumer group and an outbox of its own; a process shares the listener and the transport.
 */
export async function runServices(
  definitions: readonly ServiceDefinition[],
  given: Config = readConfig(),
): Promise<RunningServices> {
  const names = definitions.map(({ name }) => name);
  const log = createLogger(given);
  const metrics = new Metrics();
  const started: Started[] = [];
  let starting = true;
  const transport = createTransport(given, names, log);
  const listener = new Listener(metrics, {
    troubles: () => (starting ? ['starting'] : troublesOf(started, transport)),
    keys: () => started[0]?.keys,
    openApi: () => readOpenApi(names),
  });
  const url = await listener.listen(given.host, portOf(given, names));
  const config: RunningConfig = { ...given, issuer: given.issuer ?? issuerOf(given, names, url) };

  await whenDatabaseAnswers(config, names[0]!, log);
  for (const definition of definitions) {
    if (config.migrate) await migrate(config, definition.name, definition.migrations);
    started.push(await startService(definition, config, transport, metrics, log));
  }
  for (const { definition, app } of started) {
    const fastify = (app as NestFastifyApplication).getHttpAdapter().getInstance();
    await fastify.ready();
    listener.mount(definition.paths, (request, response) => fastify.routing(request, response));
  }
  for (const { relay } of started) relay.start();
  starting = false;
  log.info({ services: names, url }, 'started');

  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= stopAll(listener, started, transport, log));
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void stop().then(() => process.exit(0)));
  return { url, config, log, stop };
}

/** `main.ts` of a service: runs it, or only its migrations when asked to (`main.js migrate`). */
export async function main(definitions: readonly ServiceDefinition[]): Promise<void> {
  if (process.argv[2] === 'migrate') {
    const config = readConfig();
    for (const { name, migrations } of definitions) await migrate(config, name, migrations);
    return;
  }
  await runServices(definitions);
}

async function startService(
  definition: ServiceDefinition,
  config: RunningConfig,
  transport: EventTransport,
  metrics: Metrics,
  parentLog: Logger,
): Promise<Started> {
  const { name } = definition;
  const log = parentLog.child({ service: name });
  const database = await createDataSource(config, name, log).initialize();
  const sweeper = new Sweeper(config, name, log);
  const relay = new OutboxRelay(name, connectionAs(config, rolesOf(config, name).sweeper), transport, log);
  metrics.outbox(name, async () => {
    const [row] = await sweeper.sql<{ rows: number }>('SELECT count(*)::int AS rows FROM outbox WHERE sent_at IS NULL');
    return row!.rows;
  });
  const unitOfWork = new UnitOfWork(database, name, (events) => {
    relay.wake();
    logPublished(log, events);
  });
  const keys = new KeyDirectory(sweeper);
  const app = await NestFactory.create<NestFastifyApplication>(
    ServiceContextModule.with({ definition, config, log, unitOfWork, sweeper, transport, metrics, keys }),
    createAdapter(metrics),
    { logger: nestLogger(log), bodyParser: false, abortOnError: false },
  );
  app.useGlobalPipes(validationPipe());
  const prompt = new Set(definition.promptEvents?.map(({ type }) => type));
  const events = metrics.events(name);
  const strategy = new EventServer(name, transport, unitOfWork, log, events, definition.eventLingerMs, prompt);
  app.connectMicroservice<MicroserviceOptions>({ strategy }, { inheritAppConfig: true });
  await app.init();
  await app.startAllMicroservices();
  return { definition, app, database, sweeper, relay, keys };
}

function createTransport(config: Config, names: readonly ServiceName[], log: Logger): EventTransport {
  if (!config.kafkaBrokers) return new MemoryEventTransport();
  return new KafkaEventTransport(
    { brokers: config.kafkaBrokers, clientId: names.length === 1 ? names[0]! : 'embedded' },
    log,
  );
}

function troublesOf(started: readonly Started[], transport: EventTransport): string[] {
  return [transport.trouble(), ...started.map(({ relay }) => relay.trouble())].filter(
    (trouble) => trouble !== undefined,
  );
}

/** Fanout serves discovery and keys: the issuer is where it listens. */
function issuerOf(config: Config, names: readonly ServiceName[], url: string): string {
  return names.includes('fanout') ? url : `http://${config.host}:${portOf(config, ['fanout'])}`;
}

/** Where migrations are run by somebody else, the owner's credentials are not here. */
async function whenDatabaseAnswers(config: Config, service: ServiceName, log: Logger): Promise<void> {
  const connection = config.migrate
    ? { connectionString: config.databaseUrl.href, connectionTimeoutMillis: 5_000 }
    : connectionAs(config, rolesOf(config, service).app);
  for (;;) {
    const client = new Client(connection);
    try {
      await client.connect();
      await client.query('SELECT 1');
      return;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      log.warn({ err: error }, 'the database does not answer yet');
      await new Promise((resolve) => setTimeout(resolve, 500));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** First nothing new comes in, then what is in hand is finished, then the connections go. */
async function stopAll(
  listener: Listener,
  started: readonly Started[],
  transport: EventTransport,
  log: Logger,
): Promise<void> {
  log.info('stopping');
  await listener.close();
  await Promise.allSettled(started.map(({ app }) => app.close()));
  await transport.stop();
  await Promise.allSettled(started.map(({ relay }) => relay.stop()));
  await Promise.allSettled(started.flatMap(({ database, sweeper }) => [database.destroy(), sweeper.close()]));
}
