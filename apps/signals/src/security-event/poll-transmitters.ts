import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { InjectLogger, setErrorOf, startLoop, type Logger, type Loop } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { AccessTokens } from '../transmitter/access-tokens.js';
import { credentialsSealedFor } from '../transmitter/credentials.js';
import { PollStore, type Turn } from '../transmitter/poll.store.js';
import { TransmitterClient } from '../transmitter/transmitter.client.js';
import { TransmitterStore, type StoredTransmitter } from '../transmitter/transmitter.store.js';
import { isObject } from './read-set.js';
import { TakeInSet } from './take-in-set.js';

const EVERY_MS = 500;
/** At once, an instance; the others wait their turn, or are another's. */
const AT_ONCE = 50;
const MOST_EVENTS = 100;
/** A transmitter may hold its answer until it has something to say. */
const LONG_MS = 30_000;
const LEASE_SECONDS = 90;
/** One that does not hold it is asked no more often. */
const PAUSE_MS = 1_000;
const LONGEST_SECONDS = 300;

/** What the next request says of those before: taken, or why not. */
interface Report {
  readonly ack: string[];
  readonly setErrs: Record<string, { readonly err: string; readonly description: string }>;
}

const nothing = (): Report => ({ ack: [], setErrs: {} });
const saysNothing = ({ ack, setErrs }: Report): boolean => ack.length === 0 && Object.keys(setErrs).length === 0;

/**
 * Asks transmitters for what they have to say (RFC 8936). A token is acknowledged only after it is on disk: one whose
 * acknowledgement is lost is sent again, and its jti counts once. There is no cursor that could be wrong.
 */
@Injectable()
export class PollTransmitters implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly turns = new Set<Promise<void>>();
  private loop: Loop | undefined;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly polls: PollStore,
    private readonly transmitters: TransmitterStore,
    private readonly tokens: AccessTokens,
    private readonly client: TransmitterClient,
    private readonly takeIn: TakeInSet,
    @InjectLogger() private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = startLoop('polling transmitters', EVERY_MS, this.log, () => this.begin());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
    this.stopping.abort();
    await Promise.all(this.turns);
  }

  private async begin(): Promise<void> {
    const free = AT_ONCE - this.turns.size;
    if (free <= 0) return;
    for (const turn of await this.polls.claim(randomUUID(), free, LEASE_SECONDS)) {
      const running = this.take(turn).finally(() => this.turns.delete(running));
      this.turns.add(running);
    }
  }

  private async take(turn: Turn): Promise<void> {
    const { tenant, transmitterId } = turn;
    let failed = false;
    try {
      await this.askUntilOver(turn);
    } catch (error) {
      failed = !this.stopping.signal.aborted;
      if (failed) this.log.warn({ err: error, tenant, transmitterId }, 'a transmitter can not be asked now');
    }
    const failure = failed ? { longestSeconds: LONGEST_SECONDS } : undefined;
    await this.unitOfWork
      .run(tenant, (tx) => this.polls.release(tx, turn, failure))
      .catch((error: Error) => this.log.warn({ err: error, tenant, transmitterId }, 'a lease runs out by itself'));
  }

  /** Until somebody else has the turn, it is not polled any more, or we stop. */
  private async askUntilOver(turn: Turn): Promise<void> {
    let report = nothing();
    for (;;) {
      const stored = await this.held(turn);
      if (!stored) return;
      if (this.stopping.signal.aborted) {
        // A last word, so that what was taken is not sent again; it does no harm where it is.
        if (!saysNothing(report))
          await this.ask(turn.tenant, stored, report, { maxEvents: 0, returnImmediately: true });
        return;
      }
      const askedAt = Date.now();
      const { sets, more } = await this.ask(turn.tenant, stored, report, { maxEvents: MOST_EVENTS });
      report = await this.keepAll(turn, sets);
      await this.unitOfWork.run(turn.tenant, (tx) => this.polls.succeeded(tx, turn));
      const early = Date.now() - askedAt < PAUSE_MS;
      if (early && !more && saysNothing(report))
        await sleep(PAUSE_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  private held(turn: Turn): Promise<StoredTransmitter | undefined> {
    return this.unitOfWork.run(turn.tenant, async (tx) =>
      (await this.polls.keep(tx, turn, LEASE_SECONDS)) ? this.transmitters.get(tx, turn.transmitterId) : undefined,
    );
  }

  private async ask(
    tenant: string,
    stored: StoredTransmitter,
    { ack, setErrs }: Report,
    how: { readonly maxEvents: number; readonly returnImmediately?: boolean },
  ): Promise<{ sets: [string, unknown][]; more: boolean }> {
    const { pollUrl } = stored.transmitter;
    const { transmitterId } = stored.transmitter;
    const authorization = await this.tokens.of(credentialsSealedFor(tenant, transmitterId), stored.sealedCredentials);
    const answer = await this.client.send(pollUrl!, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-language': 'en',
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: JSON.stringify({
        ...how,
        ...(ack.length > 0 ? { ack } : {}),
        ...(Object.keys(setErrs).length > 0 ? { setErrs } : {}),
      }),
      limitMs: how.returnImmediately ? 2_000 : LONG_MS + 5_000,
      signal: how.returnImmediately ? undefined : this.stopping.signal,
    });
    if (answer.status === 401) this.tokens.forget(stored.sealedCredentials);
    if (answer.status !== 200) throw new Error(`${pollUrl} answered ${answer.status}`);
    const { sets, moreAvailable } = answer.json() as Record<string, unknown>;
    return { sets: isObject(sets) ? Object.entries(sets) : [], more: moreAvailable === true };
  }

  /** Only while it is still ours to take: what comes after it was disabled is not. */
  private async keepAll(turn: Turn, sets: readonly [string, unknown][]): Promise<Report> {
    const report = nothing();
    if (sets.length === 0) return report;
    const stored = await this.held(turn);
    if (!stored) return report;
    for (const [jti, token] of sets) {
      try {
        await this.takeIn.execute(turn.tenant, stored.transmitter, typeof token === 'string' ? token : '', jti);
        report.ack.push(jti);
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 400) throw error;
        report.setErrs[jti] = { err: setErrorOf(error), description: error.message };
      }
    }
    return report;
  }
}
