import type { CurfewEvent } from '@curfew/contracts';
import { escapeLiteral, type PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { isRerunnable } from './errors.js';
import { jsonTexts, ofJsonTexts } from './json-texts.js';
import { lockStatement, type AdvisoryLock } from './locks.js';
import { Turns } from './turns.js';
import { Tx, type OutboxRow } from './tx.js';

const RERUNS = 8;
/** What several share waits so long for somebody else's lock; alone each waits as long as it takes. */
const SHARED_LOCK_TIMEOUT_MS = 50;

const INSERT_OUTBOX = `
  INSERT INTO outbox (tenant, topic, key, message)
  SELECT $1, * FROM unnest($2::text[], $3::text[], ${ofJsonTexts('$4')})`;

/**
 * One transaction a hop: state change, outbox rows and inbox row together (design §4.4).
 * The work is run again when PostgreSQL reports a deadlock, so it must have no effect outside its `Tx`.
 */
export class UnitOfWork {
  private readonly turns = new Turns();

  constructor(
    private readonly database: DataSource,
    private readonly service: string,
    /** Called after every commit that published, with what. */
    private readonly published: (events: readonly CurfewEvent[]) => void,
  ) {}

  /**
   * `locks` are taken first, in their order, each before the next. Whoever wants one to itself waits for its turn before
   * it has a connection: a hundred sign-ins of one person would else hold them all, waiting, and a kill find none.
   */
  async run<T>(tenant: string, work: (tx: Tx) => Promise<T>, locks: readonly AdvisoryLock[] = []): Promise<T> {
    const ends: (() => void)[] = [];
    try {
      for (const { name, mode } of locks) if (mode === 'exclusive') ends.push(await this.turns.take(name));
      return await this.untilNoDeadlock(tenant, work, locks);
    } finally {
      for (const end of ends.reverse()) end();
    }
  }

  /**
   * One transaction for the work of several that know nothing of each other. It waits for nobody's lock, and fails
   * where two of them want the same: then whoever called gives each a transaction of its own.
   */
  runTogether<T>(tenant: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.once(tenant, work, [], true);
  }

  private async untilNoDeadlock<T>(
    tenant: string,
    work: (tx: Tx) => Promise<T>,
    locks: readonly AdvisoryLock[],
  ): Promise<T> {
    for (let rerun = 0; ; rerun++) {
      try {
        return await this.once(tenant, work, locks);
      } catch (error) {
        if (!isRerunnable(error) || rerun >= RERUNS) throw error;
      }
    }
  }

  private async once<T>(
    tenant: string,
    work: (tx: Tx) => Promise<T>,
    locks: readonly AdvisoryLock[],
    shared = false,
  ): Promise<T> {
    const runner = this.database.createQueryRunner();
    let broken: Error | undefined;
    try {
      const client = (await runner.connect()) as PoolClient;
      const tx = new Tx(tenant, this.service, client, shared);
      try {
        // A simple query of several statements takes no parameters: the tenant is quoted by the driver.
        tx.send(
          [
            'BEGIN',
            `SELECT set_config('curfew.tenant', ${escapeLiteral(tenant)}, true)`,
            ...(shared ? [`SET LOCAL lock_timeout = ${SHARED_LOCK_TIMEOUT_MS}`] : []),
            ...locks.map(lockStatement),
          ].join(';'),
        );
        const result = await work(tx);
        const { outbox } = tx;
        if (outbox.length > 0) tx.write(INSERT_OUTBOX, outboxValues(tenant, outbox));
        await tx.commit();
        tx.end();
        if (outbox.length > 0) this.published(outbox.map(({ event }) => event));
        tx.committed();
        return result;
      } catch (error) {
        tx.end();
        await client.query('ROLLBACK').catch((lost: Error) => (broken = lost));
        throw error;
      }
    } finally {
      // With the error the pool drops a connection that can't be used again, without it a broken one would come back.
      await (broken ? (runner as unknown as Releasable).releasePostgresConnection(broken) : runner.release());
    }
  }
}

const outboxValues = (tenant: string, outbox: readonly OutboxRow[]): unknown[] => [
  tenant,
  outbox.map((row) => row.topic),
  outbox.map((row) => row.key),
  jsonTexts(outbox.map((row) => row.message)),
];

interface Releasable {
  releasePostgresConnection(error: Error): Promise<void>;
}
