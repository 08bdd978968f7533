import type { CurfewEvent, DataOf, EventDefinition } from '@curfew/contracts';
import type { ClientBase, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { lockStatement, type AdvisoryLock } from './locks.js';
import { statementName } from './statement-name.js';

/** Who and what an event comes from: carried from the first signal to the last receipt. */
export interface Cause {
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId?: string;
}

/** Where no event came before: what follows from it is found by a correlation id of its own. */
export const startedBy = (actor: string): Cause => ({ actor, correlationId: uuidv7() });

export const causedBy = (event: CurfewEvent): Cause => ({
  actor: event.actor,
  correlationId: event.correlationid,
  causationId: event.id,
});

export interface Publication<D extends EventDefinition> {
  readonly subject: string;
  readonly data: DataOf<D>;
  readonly cause: Cause;
  /** On the lane for work of many targets at once. */
  readonly bulk?: boolean;
}

export interface OutboxRow {
  readonly topic: string;
  readonly key: string;
  readonly message: string;
  readonly event: CurfewEvent;
}

/** Locks of many, in one order: of two transactions with the same locks the second waits for the first. */
const LOCK: Gathered<AdvisoryLock, void> = (tx, locks) => {
  const ordered = [...locks].sort((a, b) => (a.name < b.name ? -1 : 1));
  tx.send(ordered.map(lockStatement).join(';'));
  return Promise.resolve([]);
};

interface Corkable {
  readonly connection: { readonly stream: { cork(): void; uncork(): void; readonly writableCorked: number } };
}

/** What is sent in one turn of the loop goes out in one write: a system call costs more than most statements. */
function corkForThisTurn(client: ClientBase): void {
  const { stream } = (client as unknown as Corkable).connection;
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

/** A statement for many items at once; the answers are in their order. A statement nobody waits for answers nothing. */
export type Gathered<Item, Answer> = (tx: Tx, items: readonly Item[]) => Promise<readonly Answer[]>;

/** What those who share a transaction want to send in this turn of the loop. */
interface Gathering {
  readonly statement: Gathered<unknown, unknown>;
  readonly items: unknown[];
  readonly answers: Promise<readonly unknown[]>;
  send(): void;
}

/**
 * One transaction of one tenant: what is read, written and published in it happens together or not at all.
 * Statements are pipelined: one goes out without waiting for the answer of the one before, so those whose answers
 * nobody needs in between cost one round trip together. Of several that fail, the first is what is reported.
 */
export class Tx {
  private readonly publications: OutboxRow[] = [];
  private readonly afterCommits: (() => void)[] = [];
  private readonly locked = new Set<string>();
  private readonly gatherings: Gathering[] = [];
  private failure: Error | undefined;
  private ended = false;

  constructor(
    readonly tenant: string,
    private readonly service: string,
    private readonly client: ClientBase,
    /** By several that know nothing of each other: a lock does not keep one of them from another. */
    private readonly shared = false,
  ) {}

  async sql<Row extends QueryResultRow = QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    const { rows } = await this.submit<Row>({ name: statementName(text), text, values: values as unknown[] });
    return rows;
  }

  /**
   * Later locks than those the transaction began with; the order is tenant, identifiers, device, subject. The
   * statements that follow see what the locks waited for; nobody needs to.
   */
  lock(...locks: readonly AdvisoryLock[]): void {
    if (locks.length === 0) return;
    if (!this.shared) return this.send(locks.map(lockStatement).join(';'));
    for (const lock of locks) {
      if (!this.locked.has(lock.name)) this.gatherWrite(LOCK, lock);
      else if (lock.mode === 'exclusive') throw new Error(`${lock.name} is locked by another`);
      this.locked.add(lock.name);
    }
  }

  /** A statement nobody waits for: if it fails, what follows reports it, the commit at the latest. */
  write(text: string, values: readonly unknown[] = []): void {
    this.submit({ name: statementName(text), text, values: values as unknown[] }).catch(() => undefined);
  }

  /** The same, of several statements in one; they take no parameters. */
  send(statements: string): void {
    this.submit({ text: statements }).catch(() => undefined);
  }

  /**
   * Where several share the transaction, what they want by one statement in one turn of the loop is sent as one. Of
   * what one of them wants in a turn the order is kept only if all want it in that order.
   */
  async gather<Item, Answer>(statement: Gathered<Item, Answer>, item: Item): Promise<Answer> {
    if (!this.shared) return (await statement(this, [item]))[0]!;
    const gathering = this.gatherings.find((one) => one.statement === statement) ?? this.startGathering(statement);
    const nth = gathering.items.push(item) - 1;
    return (await gathering.answers)[nth] as Answer;
  }

  /** The same, of a statement nobody waits for: if it fails, what follows reports it, the commit at the latest. */
  gatherWrite<Item>(statement: Gathered<Item, void>, item: Item): void {
    this.gather(statement, item).catch(() => undefined);
  }

  private startGathering<Item, Answer>(statement: Gathered<Item, Answer>): Gathering {
    if (this.gatherings.length === 0) process.nextTick(() => this.sendGathered());
    const items: Item[] = [];
    let send = (): void => {};
    const answers = new Promise<readonly Answer[]>((resolve, reject) => {
      send = () => {
        try {
          resolve(statement(this, items));
        } catch (error) {
          // Here nobody could catch it, and those who wait for no answer would commit without what they wrote.
          this.failure ??= error as Error;
          reject(error as Error);
        }
      };
    });
    answers.catch(() => undefined);
    const gathering = { statement, items, answers, send } as unknown as Gathering;
    this.gatherings.push(gathering);
    return gathering;
  }

  private sendGathered(): void {
    for (const { send } of this.gatherings.splice(0)) send();
  }

  /** Ends the transaction. Rejects with what went wrong first. */
  async commit(): Promise<void> {
    this.sendGathered();
    if (this.failure) throw this.failure;
    const { command } = await this.submit({ text: 'COMMIT' });
    // PostgreSQL answers COMMIT with ROLLBACK, and no error, where a statement before it has failed.
    if (command !== 'COMMIT') throw this.failure ?? new Error('the transaction was rolled back');
  }

  /** Nothing may be sent on this connection any more: it is somebody else's from now on. */
  end(): void {
    this.ended = true;
  }

  private async submit<Row extends QueryResultRow>(query: QueryConfig): Promise<QueryResult<Row>> {
    if (this.ended) throw this.failure ?? new Error('the transaction has ended');
    corkForThisTurn(this.client);
    this.sendGathered();
    try {
      return await this.client.query<Row>(query);
    } catch (error) {
      this.failure ??= error as Error;
      throw this.failure;
    }
  }

  /** The only way to publish: an outbox row in the transaction that made it true. Returns the event's id. */
  publish<D extends EventDefinition>(definition: D, { subject, data, cause, bulk }: Publication<D>): string {
    if (!definition.check.Check(data)) {
      const first = definition.check.Errors(data).First();
      throw new TypeError(`${definition.type} would not match its schema: ${first?.path} ${first?.message}`);
    }
    const topic = bulk && definition.bulkTopic ? definition.bulkTopic : definition.topic;
    const event: CurfewEvent = {
      specversion: '1.0',
      id: uuidv7(),
      source: `/curfew/${this.service}`,
      type: definition.type,
      subject,
      time: new Date().toISOString(),
      datacontenttype: 'application/json',
      tenant: this.tenant,
      partitionkey: `${this.tenant}:${subject}`,
      correlationid: cause.correlationId,
      ...(cause.causationId === undefined ? {} : { causationid: cause.causationId }),
      actor: cause.actor,
      data,
    };
    this.publications.push({ topic: topic.name, key: event.partitionkey, message: JSON.stringify(event), event });
    return event.id;
  }

  /** For what may be lost: a hint to a worker, a metric. Runs once the transaction is on disk. */
  afterCommit(action: () => void): void {
    this.afterCommits.push(action);
  }

  get outbox(): readonly OutboxRow[] {
    return this.publications;
  }

  committed(): void {
    for (const action of this.afterCommits) action();
  }
}

/**
 * Statements sent together, since none needs the answer of another. Waits for all of them even when one fails: none
 * may still be at work when the transaction is rolled back.
 */
export async function together<T extends readonly unknown[]>(
  work: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
