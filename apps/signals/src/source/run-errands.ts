import { randomUUID } from 'node:crypto';
import { Problem, WebhookRefusedV1 } from '@curfew/contracts';
import { startedBy, UnitOfWork, type Tx } from '@curfew/messaging';
import { InjectLogger, startLoop, type Logger, type Loop } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { cursorOf, mapEach, mapPayload, pathOf, unmappable, type Mapped } from '../mapping/map-payload.js';
import { Mappings, type AskOf, type Mapping } from '../mapping/mapping.js';
import { ReceiveSignal } from '../signal/receive-signal.js';
import { SignalStore } from '../signal/signal.store.js';
import { addressOf, AskSource } from './ask-source.js';
import { ErrandStore, type Errand, type Turn } from './errand.store.js';
import { signalSourceOf, type Source } from './source.js';
import { SourceStore, type StoredSource } from './source.store.js';

const EVERY_MS = 250;
/** At once, an instance; the others wait their turn, or are another's. */
const AT_ONCE = 100;
const LEASE_SECONDS = 120;
/** One person is looked up at once; a report may take its time. */
const ONE_WITHIN_MS = 10_000;
const PAGE_WITHIN_MS = 60_000;
const LONGEST_SECONDS = 300;
const GIVE_UP_SECONDS = 7 * 86_400;
/** One transaction. */
const BATCH = 500;
const MOST_POLLED = 10_000;
const MOST_PAGES = 100;
/** One that is disabled, or whose mapping is gone, is looked at again. */
const IDLE_SECONDS = 30;

interface Task {
  readonly turn: Turn;
  readonly errand: Errand;
  readonly stored: StoredSource;
  readonly mapping: Mapping & { readonly ask: AskOf };
}

/**
 * Asks the APIs of sources: about webhooks that hold an id only, and of systems that send none. A webhook's errand is on
 * disk before its 202, and gone in the transaction of its signals; a poll goes on from a cursor that is kept with what
 * was read up to it. So a crash asks again, and what is said again counts once.
 */
@Injectable()
export class RunErrands implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly turns = new Set<Promise<void>>();
  private loop: Loop | undefined;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly errands: ErrandStore,
    private readonly sources: SourceStore,
    private readonly mappings: Mappings,
    private readonly askSource: AskSource,
    private readonly receiveSignal: ReceiveSignal,
    private readonly signals: SignalStore,
    @InjectLogger() private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = startLoop('asking sources', EVERY_MS, this.log, () => this.begin());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
    await Promise.all(this.turns);
  }

  private async begin(): Promise<void> {
    const free = AT_ONCE - this.turns.size;
    if (free <= 0) return;
    for (const turn of await this.errands.claim(randomUUID(), free, LEASE_SECONDS)) {
      const running = this.take(turn).finally(() => this.turns.delete(running));
      this.turns.add(running);
    }
  }

  private async take(turn: Turn): Promise<void> {
    const { tenant, errandId } = turn;
    try {
      await this.run(turn);
    } catch (error) {
      this.log.warn({ err: error, tenant, errandId }, 'a source can not be asked now');
      await this.unitOfWork
        .run(tenant, (tx) => this.errands.retry(tx, turn, LONGEST_SECONDS))
        .catch((lost: Error) => this.log.warn({ err: lost, tenant, errandId }, 'a lease runs out by itself'));
    }
  }

  private async run(turn: Turn): Promise<void> {
    const { errand, stored } = await this.unitOfWork.run(turn.tenant, async (tx) => {
      const errand = await this.errands.hold(tx, turn, LEASE_SECONDS);
      return { errand, stored: errand && (await this.sources.get(tx, errand.sourceId)) };
    });
    if (!errand || !stored) return;
    const mapping = this.mappings.get(stored.source.mapping);
    if (!stored.source.enabled || !mapping?.ask || stored.source.apiUrl === null)
      return this.unitOfWork.run(turn.tenant, (tx) => this.errands.goOn(tx, turn, errand, IDLE_SECONDS));
    const task: Task = { turn, errand, stored, mapping: { ...mapping, ask: mapping.ask } };
    return errand.webhookId === null ? this.poll(task) : this.callBack(task, errand.webhookId);
  }

  /** What a webhook was about. */
  private async callBack({ turn, errand, stored, mapping }: Task, webhookId: string): Promise<void> {
    const { source } = stored;
    const webhook = { webhook: errand.payload };
    const end = (tx: Tx) => this.errands.done(tx, turn);
    if (errand.ageSeconds > GIVE_UP_SECONDS) {
      const reason = `the API did not say what it is about for ${GIVE_UP_SECONDS / 86_400} days`;
      return this.refuse(turn.tenant, source, { webhookId, code: 'source_unanswered', reason }, end);
    }
    const uri = addressOf(source.apiUrl!, pathOf(mapping.ask, webhook, ''));
    const payload = { ...webhook, answer: await this.askSource.execute(turn.tenant, stored, uri, ONE_WITHIN_MS) };
    const now = new Date();
    try {
      const contents = mapPayload(mapping, payload, webhookId, now);
      await this.unitOfWork.run(turn.tenant, async (tx) => {
        if (!(await this.errands.hold(tx, turn, LEASE_SECONDS))) return;
        for (const content of contents)
          await this.receiveSignal.within(tx, tellerOf(turn, source), content, now, { mapping: mapping.name, payload });
        await end(tx);
      });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      await this.refuse(turn.tenant, source, { webhookId, code: error.code, reason: error.message }, end);
    }
  }

  /** From where the last time ended, page by page; the cursor goes on with the last of them. */
  private async poll(task: Task): Promise<void> {
    const { turn, errand, stored, mapping } = task;
    const { source } = stored;
    let { cursor } = errand;
    let next: string | undefined = addressOf(
      source.apiUrl!,
      pathOf(mapping.ask, {}, cursor ?? source.createdAt.toISOString()),
    );
    const faults: string[] = [];
    for (let page = 0; next !== undefined; page++) {
      if (page === MOST_PAGES) throw new Error(`more than ${MOST_PAGES} pages`);
      const answer: object = await this.askSource.execute(turn.tenant, stored, next, PAGE_WITHIN_MS);
      const payload = { answer };
      const mapped = await this.mapPage(task, payload);
      cursor = later(cursor, cursorOf(mapping, payload, MOST_POLLED));
      if (mapped.errors.length > 0) faults.push(unmappable(mapped.errors).message);
      next = nextOf(mapping.ask, answer, next);
      await this.keep(task, mapped, next === undefined ? { cursor, fault: faults[0] ?? null } : undefined);
    }
  }

  private async mapPage({ turn, errand, stored, mapping }: Task, payload: object): Promise<Mapped> {
    try {
      return mapEach(mapping, payload, 'poll', new Date(), MOST_POLLED);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const refusal = { webhookId: null, code: error.code, reason: error.message };
      if (errand.fault !== error.message)
        await this.refuse(turn.tenant, stored.source, refusal, (tx) => this.errands.faulty(tx, turn, error.message));
      throw error;
    }
  }

  /** What was not said before; `end`: the last of a poll. */
  private async keep(
    { turn, errand, stored, mapping }: Task,
    { contents, items }: Mapped,
    end: { readonly cursor: string | null; readonly fault: string | null } | undefined,
  ): Promise<void> {
    const { source } = stored;
    const teller = tellerOf(turn, source);
    for (let from = 0; from === 0 || from < contents.length; from += BATCH)
      await this.unitOfWork.run(turn.tenant, async (tx) => {
        if (!(await this.errands.hold(tx, turn, LEASE_SECONDS))) throw new Error('it is not our turn any more');
        const batch = contents.slice(from, from + BATCH);
        const known = await this.signals.known(
          tx,
          teller.source,
          batch.map(({ eventId }) => eventId),
        );
        for (const [at, content] of batch.entries())
          if (!known.has(content.eventId)) {
            known.add(content.eventId);
            const origin = { mapping: mapping.name, payload: items[from + at] };
            await this.receiveSignal.within(tx, teller, content, new Date(), origin);
          }
        if (end === undefined || from + BATCH < contents.length) return;
        if (end.fault !== null && end.fault !== errand.fault)
          publishRefused(tx, source, { webhookId: null, code: 'payload_unmappable', reason: end.fault });
        await this.errands.goOn(tx, turn, end, mapping.ask.everySeconds!);
      });
  }

  private refuse(tenant: string, source: Source, refusal: Refusal, also: (tx: Tx) => Promise<void>): Promise<void> {
    this.log.warn({ tenant, sourceId: source.sourceId, code: refusal.code }, 'what a source was asked is of no use');
    return this.unitOfWork.run(tenant, async (tx) => {
      publishRefused(tx, source, refusal);
      await also(tx);
    });
  }
}

interface Refusal {
  readonly webhookId: string | null;
  readonly code: string;
  readonly reason: string;
}

const publishRefused = (tx: Tx, { sourceId, name }: Source, { webhookId, code, reason }: Refusal): void =>
  void tx.publish(WebhookRefusedV1, {
    subject: sourceId,
    cause: startedBy('service:signals'),
    data: { sourceId, name, code, reason: reason.slice(0, 2000), webhookId: webhookId?.slice(0, 256) ?? null },
  });

const tellerOf = ({ tenant }: Turn, source: Source) => {
  const name = signalSourceOf(source);
  return { tenant, source: name, actor: `source:${name}` };
};

const later = (a: string | null, b: string | undefined): string | null =>
  b === undefined || (a !== null && Date.parse(a) >= Date.parse(b)) ? a : b;

/** Undefined: this was the last page. */
function nextOf({ next }: AskOf, answer: object, from: string): string | undefined {
  const given = next === undefined ? undefined : (answer as Record<string, unknown>)[next];
  return typeof given === 'string' && given !== '' ? new URL(given, from).href : undefined;
}
