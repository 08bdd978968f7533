import {
  EVENT_DEFINITIONS,
  EventDeadLetteredV1,
  STATE_TOPICS,
  TOPICS,
  type CurfewEvent,
  type ServiceName,
  type TopicDefinition,
} from '@curfew/contracts';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import type { Logger } from 'pino';
import { isObservable, lastValueFrom } from 'rxjs';
import { crashPoint } from './crash-point.js';
import { isPermanent } from './errors.js';
import type { EventTransport, IncomingMessage } from './event-transport.js';
import { groupBy } from './group-by.js';
import { acceptOnce } from './inbox.js';
import { EVENT_TRANSPORT, EVERY_EVENT, type HandlerMode } from './on-event.js';
import { parseEvent } from './parse-event.js';
import { StateSeen } from './state-seen.js';
import { SideBySide } from './side-by-side.js';
import { together, type Tx } from './tx.js';
import type { UnitOfWork } from './unit-of-work.js';
import { untilDone } from './until-done.js';

/** Keys whose events are handled at once, other than in batches. */
const SLOTS = 8;
const BATCH = 500;

export interface EventMetrics {
  handled(type: string, lagSeconds: number): void;
  retried(type: string): void;
  deadLettered(type: string): void;
}

interface Handled {
  readonly message: IncomingMessage;
  readonly event: CurfewEvent;
  readonly handler: MessageHandler;
}

/** Bulk work has topics and a consumer group of its own, and waits in a queue of its own. */
type Lane = 'main' | 'bulk';

interface BatchQueue {
  readonly waiting: Waiting[];
  running: Promise<void> | undefined;
  /** Ends the wait for company. */
  hurry?: (() => void) | undefined;
}

interface Waiting {
  readonly handled: Handled;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Nest's way in for events: finds the handler by the event's type and runs it in a transaction with the inbox.
 * Order and concurrency are decided here, whatever the transport: `each` and `together` handlers run side by side over
 * keys and in order within one; `batch` handlers get all that wait, from however many partitions, in one transaction.
 * A failing dependency is waited for without limit; only what can never be handled is dead-lettered (design §4.6).
 */
export class EventServer extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  private stopping = false;
  private readonly sideBySide = new SideBySide<Handled>(
    SLOTS,
    ({ event }) => event.partitionkey,
    (handled) => (modeOf(handled) === 'together' ? `${handled.event.tenant} ${handled.event.type}` : undefined),
    (handled) => this.patiently(handled.event.type, () => this.handleOrSetAside(handled)),
    (some) => this.transact(some, (tenant, work) => this.unitOfWork.runTogether(tenant, work)),
  );
  private readonly queues = new Map<Lane, BatchQueue>();

  constructor(
    private readonly service: ServiceName,
    private readonly transport: EventTransport,
    private readonly unitOfWork: UnitOfWork,
    private readonly log: Logger,
    private readonly metrics: EventMetrics,
    /** How long a batch waits for company; the audit trail is in no hurry, and shares the machine with who is. */
    private readonly lingerMs = 0,
    /** Types of which none waits: somebody waits for what is made of it. */
    private readonly prompt: ReadonlySet<string> = new Set(),
  ) {
    super();
    this.setTransportId(EVENT_TRANSPORT);
  }

  listen(started: () => void): void {
    const seen = new StateSeen(this.unitOfWork);
    for (const [lane, topics] of this.topicsByLane()) {
      this.transport.subscribe({
        group: lane === 'bulk' ? `${this.service}.bulk` : this.service,
        topics,
        handle: (messages) => this.handle(messages, lane),
        unseenState: () => seen.missing(topics),
        stateSeen: (topic) => seen.mark(topic),
      });
    }
    started();
  }

  /** Bulk topics have a group of their own, so that one revocation is never behind 100,000. */
  private topicsByLane(): Map<Lane, string[]> {
    const handled = [...this.messageHandlers.keys()]
      .filter((pattern) => pattern !== EVERY_EVENT)
      .flatMap((type) => {
        const definition = EVENT_DEFINITIONS.get(type);
        if (!definition) throw new Error(`no event is called ${type}`);
        return definition.bulkTopic ? [definition.topic, definition.bulkTopic] : [definition.topic];
      });
    const everything = this.messageHandlers.has(EVERY_EVENT) ? factTopics(this.service) : [];
    const topics = new Set([...handled, ...everything]);
    return new Map(
      [...groupBy(topics, ({ kind }): Lane => (kind === 'bulk' ? 'bulk' : 'main'))].map(([lane, of]) => [
        lane,
        of.map(({ name }) => name),
      ]),
    );
  }

  async handle(messages: readonly IncomingMessage[], lane: Lane = 'main'): Promise<void> {
    await Promise.all(messages.map((message) => this.accept(message, lane)));
  }

  private accept(message: IncomingMessage, lane: Lane): Promise<void> {
    let event: CurfewEvent;
    try {
      event = parseEvent(message);
    } catch (error) {
      return this.patiently(message.topic, () => this.setAside(message, undefined, error as Error));
    }
    const handler = this.handlerOf(event.type, message.topic);
    if (handler === undefined) return Promise.resolve(); // consumers ignore types they do not know
    const handled = { message, event, handler };
    return modeOf(handled) === 'batch' ? this.inBatch(handled, lane) : this.sideBySide.add(handled);
  }

  private handlerOf(type: string, topic: string): MessageHandler | undefined {
    const own = this.messageHandlers.get(type);
    return own ?? (STATE_TOPICS.has(topic) ? undefined : this.messageHandlers.get(EVERY_EVENT));
  }

  // ── batch: all that wait, one transaction a tenant ────────────────────────────────────────────────────────────

  private inBatch(handled: Handled, lane: Lane): Promise<void> {
    const queue: BatchQueue = this.queues.get(lane) ?? { waiting: [], running: undefined };
    this.queues.set(lane, queue);
    return new Promise((resolve, reject) => {
      queue.waiting.push({ handled, resolve, reject });
      queue.running ??= this.runBatches(queue).finally(() => (queue.running = undefined));
      if (this.prompt.has(handled.event.type)) queue.hurry?.();
    });
  }

  private async runBatches(queue: BatchQueue): Promise<void> {
    while (queue.waiting.length > 0) {
      // One turn of the loop at the least, so that what arrived together is handled together.
      if (this.lingerMs === 0) await new Promise((resolve) => setImmediate(resolve));
      else if (queue.waiting.length < BATCH) await this.linger(queue);
      const batch = queue.waiting.splice(0, BATCH);
      for (const waiting of groupBy(batch, ({ handled }) => handled.event.tenant).values()) {
        try {
          await this.handleBatch(waiting.map(({ handled }) => handled));
          for (const { resolve } of waiting) resolve();
        } catch (error) {
          for (const { reject } of waiting) reject(error as Error);
        }
      }
    }
  }

  /** For company, and no longer once somebody waits for one of them. */
  private async linger(queue: BatchQueue): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      queue.hurry = resolve;
      timer = setTimeout(resolve, this.lingerMs);
    });
    if (queue.waiting.some(({ handled }) => this.prompt.has(handled.event.type))) setImmediate(() => queue.hurry?.());
    await over;
    clearTimeout(timer);
    queue.hurry = undefined;
  }

  private async handleBatch(batch: readonly Handled[]): Promise<void> {
    const { type } = batch[0]!.event;
    await this.patiently(type, async () => {
      try {
        await this.transact(batch);
      } catch (error) {
        if (!isPermanent(error)) throw error;
        // One of them is to blame: one by one the others get through.
        for (const handled of batch) await this.patiently(handled.event.type, () => this.handleOrSetAside(handled));
      }
    });
  }

  // ── both ──────────────────────────────────────────────────────────────────────────────────────────────────────

  private async handleOrSetAside(handled: Handled): Promise<void> {
    try {
      await this.transact([handled]);
    } catch (error) {
      if (!isPermanent(error)) throw error;
      await this.setAside(handled.message, handled.event, error as Error);
    }
  }

  private async transact(
    batch: readonly Handled[],
    inTransaction = (tenant: string, work: (tx: Tx) => Promise<void>) => this.unitOfWork.run(tenant, work),
  ): Promise<void> {
    const events = batch.map(({ event }) => event);
    await inTransaction(events[0]!.tenant, async (tx) => {
      const fresh = new Set(
        await acceptOnce(
          tx,
          events.map(({ id }) => id),
        ),
      );
      const unseen = batch.filter(({ event }) => fresh.delete(event.id)); // one delivered twice in a batch counts once
      for (const run of runsOfOneHandler(unseen)) await invoke(run, tx);
      crashPoint(this.service === 'audit' ? 'S11' : 'S5', this.service);
    });
    crashPoint(this.service === 'audit' ? 'S12' : 'S6', this.service);
    const now = Date.now();
    for (const event of events) this.metrics.handled(event.type, (now - Date.parse(event.time)) / 1000);
  }

  /** The fact that it was set aside and the inbox row stand in one transaction; the tenant is known if it could be read. */
  private async setAside(message: IncomingMessage, event: CurfewEvent | undefined, error: Error): Promise<void> {
    const id = event?.id ?? message.position;
    await this.unitOfWork.run(event?.tenant ?? 'default', async (tx) => {
      if ((await acceptOnce(tx, [id])).size === 0) return;
      tx.publish(EventDeadLetteredV1, {
        subject: event?.subject ?? id,
        cause: { actor: `service:${this.service}`, correlationId: event?.correlationid ?? id, causationId: event?.id },
        data: {
          service: this.service,
          topic: message.topic,
          eventId: event?.id ?? null,
          eventType: event?.type ?? null,
          reason: error.message.slice(0, 2000),
          message: String(message.value ?? '').slice(0, 65_536),
        },
      });
    });
    this.metrics.deadLettered(event?.type ?? 'unreadable');
    this.log.error(
      { err: error, eventId: id, type: event?.type, topic: message.topic },
      'event set aside as a dead letter',
    );
  }

  private patiently(what: string, work: () => Promise<void>): Promise<void> {
    return untilDone(work, {
      stopping: () => this.stopping,
      failed: (error) => {
        this.metrics.retried(what);
        this.log.warn({ err: error, what }, 'event not handled yet; it will be tried again');
      },
    });
  }

  async close(): Promise<void> {
    this.stopping = true;
    for (const { running } of this.queues.values()) await running;
    await this.sideBySide.finish();
  }

  on(): never {
    throw new Error('the event server emits nothing');
  }

  unwrap<T>(): T {
    return this.transport as T;
  }
}

const modeOf = ({ handler }: Handled): HandlerMode => (handler.extras as { mode: HandlerMode }).mode;

async function invoke(batch: readonly Handled[], tx: Tx): Promise<void> {
  const { handler } = batch[0]!;
  const events = batch.map(({ event }) => event);
  await together(
    (modeOf(batch[0]!) === 'batch' ? [events] : events).map(async (argument) => {
      const answer: unknown = await handler(argument, tx);
      // Nest's proxy reports a failure as a stream that errors.
      if (isObservable(answer)) await lastValueFrom(answer, { defaultValue: undefined });
    }),
  );
}

/** What a service that takes everything takes: facts, not state, and nothing of its own. */
export const factTopics = (service: ServiceName): TopicDefinition[] =>
  Object.values<TopicDefinition>(TOPICS).filter(
    ({ kind, name, writer }) =>
      writer !== service && (kind === 'facts' || kind === 'bulk' || name === TOPICS.deadLetters.name),
  );

/**
 * As few runs of one handler each as keep the order within a key, the only one there is: a batch of a hundred people's
 * events of three types would else be three hundred statements.
 */
export function runsOfOneHandler<T extends Pick<Handled, 'event' | 'handler'>>(items: readonly T[]): T[][] {
  const runs: T[][] = [];
  const lastRunOfKey = new Map<string, number>();
  for (const item of items) {
    const key = item.event.partitionkey;
    const from = lastRunOfKey.get(key) ?? 0;
    let at = runs.findIndex((run, index) => index >= from && run[0]!.handler === item.handler);
    if (at < 0) at = runs.push([]) - 1;
    runs[at]!.push(item);
    lastRunOfKey.set(key, at);
  }
  return runs;
}
