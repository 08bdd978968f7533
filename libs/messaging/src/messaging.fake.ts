import { randomUUID } from 'node:crypto';
import {
  EventDeadLetteredV1,
  PolicyAppliedV1,
  ReactionsUpdatedV1,
  type CurfewEvent,
  type DataOf,
  type EventDefinition,
  type EventOf,
} from '@curfew/contracts';
import { connectionAs, Metrics, ProblemFilter, rolesOf } from '@curfew/runtime';
import { openServiceDatabase } from '@curfew/testing';
import { Controller, Inject, Module } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { EventServer } from './event-server.js';
import type { EventTransport, IncomingMessage } from './event-transport.js';
import { OnEvent, OnEvents } from './on-event.js';
import { messagingTables, rolesFor, tenantTable } from './schema.js';
import type { Cause, Tx } from './tx.js';

const SERVICE = 'registry';
export const CAUSE: Cause = { actor: 'key:test', correlationId: 'c-1' };

/** What messaging needs, and a table that shows what was done, in order. */
class MessagingOnly1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, SERVICE);
    await runner.query(`
      ${messagingTables(roles)}
      CREATE TABLE effects (n bigint GENERATED ALWAYS AS IDENTITY, tenant text NOT NULL, what text NOT NULL);
      ${tenantTable(roles, 'effects', 'SELECT')}`);
  }

  async down(): Promise<void> {}
}

export interface OutboxEntry {
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly message: string;
  readonly sent_at: Date | null;
}

export type FakeService = Awaited<ReturnType<typeof openMessaging>>;

/** A service that is nothing but its messaging, on a database of its own. */
export async function openMessaging(published?: () => void) {
  const database = await openServiceDatabase(SERVICE, [MessagingOnly1764000000000], published);
  const { sweeper, config, owner } = database;
  const outbox = () => sweeper.sql<OutboxEntry>('SELECT *, id::text FROM outbox ORDER BY outbox.id');
  return {
    ...database,
    /** What a relay connects as. */
    relayConnection: connectionAs(config, rolesOf(config, SERVICE).sweeper),
    outbox,
    deadLetters: async () =>
      (await outbox())
        .map(({ message }) => JSON.parse(message) as CurfewEvent)
        .filter((event): event is EventDeadLetteredV1 => event.type === EventDeadLetteredV1.type),
    effects: async () =>
      (await sweeper.sql<{ what: string }>('SELECT what FROM effects ORDER BY n')).map(({ what }) => what),
    /** Whoever waits for the database, or works on it, loses the connection. */
    terminate: (pids: readonly number[]) =>
      owner.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [pids]),
    empty: () => owner.query('TRUNCATE outbox, inbox, effects, state_seen'),
  };
}

export const effect = (tx: Tx, what: string) =>
  tx.sql('INSERT INTO effects (tenant, what) VALUES ($1, $2)', [tx.tenant, what]);

/** An event as another service would have published it; what a test is not about is made up. */
export function anEvent<D extends EventDefinition>(
  definition: D,
  data: DataOf<D>,
  { tenant = 'acme', subject = 'u-1', ...more }: Partial<Omit<CurfewEvent, 'type' | 'data'>> = {},
): EventOf<D> {
  const event: CurfewEvent<DataOf<D>> = {
    specversion: '1.0',
    id: randomUUID(),
    source: `/curfew/${definition.topic.writer}`,
    type: definition.type,
    subject,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    tenant,
    partitionkey: `${tenant}:${subject}`,
    correlationid: 'c-1',
    actor: 'key:test',
    ...more,
    data,
  };
  return event as EventOf<D>;
}

/** Handled one by one. Nobody but the audit trail takes it, should another's product share the broker. */
export const one = (n: number, more: Parameters<typeof anEvent>[2] = {}) =>
  anEvent(ReactionsUpdatedV1, { version: n, before: null, after: null }, more);
/** Handled in batches. */
export const some = (n: number, more: Parameters<typeof anEvent>[2] = {}) =>
  anEvent(PolicyAppliedV1, { version: n }, more);

export const incoming = (
  value: CurfewEvent | Buffer | string | null,
  position: string = randomUUID(),
): IncomingMessage => ({
  topic: 'curfew.policies',
  value: value === null || typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value),
  headers: {},
  position,
});

export class Handlers {
  each: (event: ReactionsUpdatedV1, tx: Tx) => Promise<unknown> = (event, tx) =>
    effect(tx, `${event.partitionkey} ${event.data.version}`);
  batch: (events: readonly PolicyAppliedV1[], tx: Tx) => Promise<unknown> = async (events, tx) => {
    for (const event of events) await effect(tx, `${event.partitionkey} ${event.data.version}`);
  };
}

@Controller()
class Consumer {
  constructor(@Inject(Handlers) private readonly handlers: Handlers) {}

  @OnEvent(ReactionsUpdatedV1)
  async each(event: ReactionsUpdatedV1, tx: Tx): Promise<void> {
    await this.handlers.each(event, tx);
  }

  @OnEvents(PolicyAppliedV1)
  async batch(events: readonly PolicyAppliedV1[], tx: Tx): Promise<void> {
    await this.handlers.batch(events, tx);
  }
}

/** The way in of events, with Nest's own proxies and the product's filter around the handlers. */
export async function startServer(
  service: FakeService,
  transport: EventTransport,
  handlers: Handlers,
  lingering: { readonly ms: number; readonly prompt: ReadonlySet<string> } = { ms: 0, prompt: new Set() },
) {
  class AppModule {}
  Module({
    controllers: [Consumer],
    providers: [
      { provide: Handlers, useValue: handlers },
      { provide: APP_FILTER, useValue: new ProblemFilter(service.log) },
    ],
  })(AppModule);
  const events = new Metrics().events(SERVICE);
  const { ms, prompt } = lingering;
  const server = new EventServer(SERVICE, transport, service.unitOfWork, service.log, events, ms, prompt);
  const app = await NestFactory.createMicroservice(AppModule, { strategy: server, logger: false });
  await app.listen();
  return { handle: server.handle.bind(server), close: () => app.close() };
}
