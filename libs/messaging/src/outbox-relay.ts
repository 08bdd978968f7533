import { statementName } from './statement-name.js';
import { isBulkTopic, STATE_TOPICS, type ServiceName } from '@curfew/contracts';
import { Client, type ClientConfig } from 'pg';
import type { Logger } from 'pino';
import { crashPoint } from './crash-point.js';
import type { EventTransport, OutgoingMessage } from './event-transport.js';

const BATCH = 500;
/** Rows handed over and not yet marked; beyond this the transport is behind and the rows are better off on disk. */
const MOST_IN_HAND = 4_000;
/** Of these, bulk rows: however many of them wait, there is room for what is not. */
const MOST_BULK_IN_HAND = 2_000;
/**
 * Under load rows go in batches this far apart: each costs the same, whatever its size. What comes after a pause does
 * not wait, so a single kill never does.
 */
const APART_MS = 10;
/** Then somebody is told that it is not being carried. */
const SLOW_MS = 3_000;
/** Facts have had their day; of state the last row of each key stays, for a group that comes later. */
const MARK = `
  WITH facts AS (DELETE FROM outbox WHERE id = ANY($1::bigint[]) AND topic <> ALL($2::text[])),
       kept AS (UPDATE outbox SET sent_at = clock_timestamp() WHERE id = ANY($1::bigint[]) AND topic = ANY($2::text[])
                RETURNING id, topic, key)
  DELETE FROM outbox old USING kept
  WHERE old.topic = kept.topic AND old.key = kept.key AND old.id < kept.id AND old.sent_at IS NOT NULL`;

/** Rows that were delivered, and go out with the next read, or soon when there is none. */
interface Marks {
  readonly ids: string[];
  readonly done: Promise<void>;
  send(): void;
}

/** A safety net: a commit wakes the relay, here or by NOTIFY from another instance. */
const POLL_MS = 250;

/**
 * Carries a service's outbox to the transport, rows in id order, the next batch after the acknowledgement of the last.
 * One relay of a service works at a time: it holds a session lock, and reads, and marks on the connection that holds
 * it, so an instance that lost its connection can mark nothing. A frozen instance loses its session (and the lock)
 * after `idle_session_timeout`; when it thaws it may send rows again, which every inbox ignores.
 */
export class OutboxRelay {
  private stopped = false;
  private client: Client | undefined;
  private holding = false;
  private woken = false;
  private wake_: (() => void) | undefined;
  private readonly inHand = new Set<string>();
  private bulkInHand = 0;
  private marks: Marks | undefined;
  private marking: Promise<unknown> = Promise.resolve();
  private lastSentAt = 0;
  private finished: Promise<void> | undefined;
  private lastTrouble: string | undefined = 'not started';

  constructor(
    private readonly service: ServiceName,
    private readonly connection: ClientConfig,
    private readonly transport: EventTransport,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.finished = this.keepRunning();
  }

  /** New rows were committed by this process. Another instance may be the one that relays: then it is told. */
  wake(): void {
    if (this.holding) this.signal();
    else void this.client?.query(`NOTIFY ${this.channel}`).catch(() => undefined);
  }

  trouble(): string | undefined {
    return this.lastTrouble;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.signal();
    await this.finished;
  }

  private get channel(): string {
    return `curfew_outbox_${this.service}`;
  }

  private signal(): void {
    this.woken = true;
    this.wake_?.();
  }

  private async keepRunning(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.connect();
        this.lastTrouble = undefined;
        await this.waitForLock();
        await this.sendKeptState();
        while (!this.stopped) {
          if (!(await this.relayOnce())) await this.sleep(POLL_MS);
          await this.pace();
        }
      } catch (error) {
        this.lastTrouble = `outbox: ${(error as Error).message}`;
        if (!this.stopped) this.log.warn({ err: error }, 'outbox relay interrupted; it will try again');
        await this.sleep(POLL_MS);
      } finally {
        this.holding = false;
        const client = this.client;
        this.client = undefined; // first: what is delivered from here on must not go with the marks of the next connection
        this.marks?.send();
        await this.marking.catch(() => undefined);
        this.inHand.clear();
        this.bulkInHand = 0;
        await client?.end().catch(() => undefined);
      }
    }
  }

  private async connect(): Promise<void> {
    // Rows are read while others are still being marked.
    const client = new Client({ ...this.connection, pipeline: true } as ClientConfig);
    client.on('error', () => this.lose(client));
    client.on('notification', () => this.signal());
    await client.connect();
    await client.query(`SET idle_session_timeout = '6s'; LISTEN ${this.channel}`);
    this.client = client;
  }

  /** At once: the lock went with it, and what is delivered from here on is for whoever holds it now to mark. */
  private lose(client: Client): void {
    if (this.client === client) this.client = undefined;
    this.signal();
  }

  private async waitForLock(): Promise<void> {
    while (!this.stopped) {
      const { rows } = await this.query<{ locked: boolean }>(
        'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
        [this.channel],
      );
      if (rows[0]?.locked) {
        this.holding = true;
        return;
      }
      await this.sleep(POLL_MS);
    }
  }

  private async pace(): Promise<void> {
    const wait = this.lastSentAt + APART_MS - performance.now();
    if (wait > 0 && !this.stopped) await new Promise((resolve) => setTimeout(resolve, wait));
  }

  private async relayOnce(): Promise<boolean> {
    // First: a wake that stands while nothing may be read would have the loop spin without ever giving way.
    this.woken = false;
    if (this.inHand.size >= MOST_IN_HAND) return false;
    const rows = await this.nextRows();
    if (rows.length === 0 || this.stopped) return false;
    crashPoint('S3', this.service);
    for (const row of rows) this.take(row);
    this.lastSentAt = rows.length < BATCH ? performance.now() : 0;
    const client = this.client;
    const slow = setTimeout(
      () => this.log.warn({ rows: rows.length }, 'the transport takes nothing; what is published waits in the outbox'),
      SLOW_MS,
    );
    try {
      await this.transport.send(rows, async (ids) => {
        crashPoint('S4', this.service);
        if (!client || client !== this.client) return; // the lock went with the connection: whoever holds it now marks its own
        await this.mark(client, ids);
        const full = this.inHand.size >= MOST_IN_HAND || this.bulkInHand >= MOST_BULK_IN_HAND;
        const done = new Set(ids);
        for (const row of rows) if (done.has(row.id)) this.putDown(row);
        if (full) this.signal();
      });
    } finally {
      clearTimeout(slow);
    }
    return true;
  }

  /**
   * No "last id" cursor: a lower id may commit after a higher one. What is in hand is left out instead. Bulk topics
   * come after the others, which keep no order with them, so that one revocation is not behind 100,000 rows.
   * By `outbox.id`, since a bare `id` is the text that is selected, and there 10 comes before 9.
   */
  private async nextRows(): Promise<OutgoingMessage[]> {
    const bulk = Math.min(BATCH, MOST_BULK_IN_HAND - this.bulkInHand);
    this.marks?.send();
    const { rows } = await this.query<OutgoingMessage>(
      `(SELECT id::text, topic, key, message FROM outbox
        WHERE sent_at IS NULL AND topic NOT LIKE '%.bulk' AND id NOT IN (SELECT unnest($1::bigint[])) ORDER BY outbox.id LIMIT ${BATCH})
       UNION ALL
       (SELECT id::text, topic, key, message FROM outbox
        WHERE sent_at IS NULL AND topic LIKE '%.bulk' AND id NOT IN (SELECT unnest($1::bigint[])) ORDER BY outbox.id LIMIT $2)`,
      [[...this.inHand], Math.max(0, bulk)],
    );
    return rows;
  }

  private take({ id, topic }: OutgoingMessage): void {
    this.inHand.add(id);
    if (isBulkTopic(topic)) this.bulkInHand++;
  }

  private putDown({ id, topic }: OutgoingMessage): void {
    if (this.inHand.delete(id) && isBulkTopic(topic)) this.bulkInHand--;
  }

  private mark(client: Client, ids: readonly string[]): Promise<void> {
    this.marks ??= this.collectMarks(client);
    this.marks.ids.push(...ids);
    return this.marks.done;
  }

  private collectMarks(client: Client): Marks {
    const ids: string[] = [];
    let send = (): void => {};
    const done = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => send(), APART_MS);
      send = () => {
        clearTimeout(timer);
        this.marks = undefined;
        this.marking = query(client, MARK, [ids, [...STATE_TOPICS]]);
        this.marking.then(() => resolve(), reject);
      };
    });
    return { ids, done, send };
  }

  private async sendKeptState(): Promise<void> {
    const wanted = await this.transport.wantedState();
    for (const topic of [...STATE_TOPICS].filter((name) => wanted.has(name))) {
      let last = '0';
      for (;;) {
        const { rows } = await this.query<OutgoingMessage>(
          `SELECT id::text, topic, key, message FROM outbox
           WHERE topic = $1 AND sent_at IS NOT NULL AND id > $2 ORDER BY outbox.id LIMIT ${BATCH}`,
          [topic, last],
        );
        if (rows.length === 0) break;
        await new Promise<void>((resolve, reject) => {
          this.transport.send(rows, async () => resolve()).catch(reject);
        });
        last = rows[rows.length - 1]!.id;
      }
      const { rows: own } = await this.query('SELECT 1 FROM outbox WHERE topic = $1 LIMIT 1', [topic]);
      if (own.length > 0) await this.transport.stateSent(topic);
    }
  }

  private query<Row extends object>(text: string, values: readonly unknown[]) {
    if (!this.client) throw new Error('not connected');
    return query<Row>(this.client, text, values);
  }

  private async sleep(ms: number): Promise<void> {
    if (this.woken) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake_ = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake_ = undefined;
  }
}

const query = <Row extends object>(client: Client, text: string, values: readonly unknown[]) =>
  client.query<Row>({ name: statementName(text), text, values: values as unknown[] });
