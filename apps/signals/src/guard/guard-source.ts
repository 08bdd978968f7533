import { Problem, SourceHoldOpenedV1 } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Signal } from '../signal/signal.js';
import { endsAccess, learnedLimit, type Guard, type Limit } from './guard.js';
import { GuardStore } from './guard.store.js';

/** More of one source's signals are never under way at one instant: ten instances, each with a pool of connections and some dozens in a transaction. */
const AT_ONCE = 1_000;

type Stored = Pick<Signal, 'signalId' | 'source' | 'type' | 'receivedAt'>;

/**
 * Whether a source has lost its measure (N-12): beyond its limit what ends access is held until a human has decided, all
 * of the source's and nobody else's. Near its limit one signal of a source is counted after the other, so that of many at
 * one instant exactly as many pass as may; far from it they are counted as they come, and nobody waits.
 */
@Injectable()
export class GuardSource {
  constructor(private readonly store: GuardStore) {}

  /** The hold a signal that was just stored belongs to; undefined: it takes its way. Throws `signal_type_forbidden`. */
  async holdFor(tx: Tx, signal: Stored): Promise<string | undefined> {
    const { source, type, receivedAt: now } = signal;
    const { guard, holdId } = await this.store.of(tx, source);
    if (guard?.types && !guard.types.includes(type))
      throw new Problem('signal_type_forbidden', `${source} may not tell ${type}`);
    if (!endsAccess(type)) return undefined;
    if (holdId !== undefined) return holdId;
    const limit = await this.exceeded(tx, signal, guard);
    return limit && this.open(tx, source, limit, now);
  }

  private async exceeded(tx: Tx, signal: Stored, guard: Guard | undefined): Promise<Limit | undefined> {
    if (guard) {
      if (guard.most === null) return undefined;
      const limit = { most: guard.most, windowSeconds: guard.windowSeconds };
      return (await this.isExceeded(tx, signal, limit)) ? limit : undefined;
    }
    // What is normal for a source costs a look at its month: not before it tells more than anybody may.
    const least = learnedLimit(0);
    const isBeyond = await this.store.isExceeded(tx, { ...signal, limit: least });
    if (!isBeyond && !(await this.isExceeded(tx, signal, least))) return undefined;
    const limit = learnedLimit(await this.store.normalOf(tx, signal.source, signal.receivedAt));
    return (await this.isExceeded(tx, signal, limit)) ? limit : undefined;
  }

  /** Exact: what is under way elsewhere is either far fewer than are left, or waited for. */
  private async isExceeded(tx: Tx, signal: Stored, limit: Limit): Promise<boolean> {
    const far = { ...limit, most: limit.most - AT_ONCE };
    if (far.most > 0 && !(await this.store.isExceeded(tx, { ...signal, limit: far }))) return false;
    return this.store.isExceededExactly(tx, { ...signal, limit });
  }

  private async open(tx: Tx, source: string, limit: Limit, now: Date): Promise<string | undefined> {
    const holdId = uuidv7();
    if (!(await this.store.open(tx, holdId, source, limit, now))) return this.store.openHold(tx, source);
    tx.publish(SourceHoldOpenedV1, {
      subject: source,
      cause: { actor: 'service:signals', correlationId: holdId },
      data: { holdId, source, ...limit },
    });
    return holdId;
  }
}
