import { Problem, SourceHoldOpenedV1 } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Signal } from '../signal/signal.js';
import { endsAccess, learnedLimit, type Guard, type Limit } from './guard.js';
import { GuardStore } from './guard.store.js';

/**
 * Whether a source has lost its measure (N-12): beyond its limit what ends access is held until a human has decided, all
 * of the source's and nobody else's. The limit is counted without a lock: requests at one instant may each pass as the
 * last one, so it is exceeded by as many as a database pool has connections, at most.
 */
@Injectable()
export class GuardSource {
  constructor(private readonly store: GuardStore) {}

  /** The hold a signal that was just stored belongs to; undefined: it takes its way. Throws `signal_type_forbidden`. */
  async holdFor(
    tx: Tx,
    { source, type, receivedAt: now }: Pick<Signal, 'source' | 'type' | 'receivedAt'>,
  ): Promise<string | undefined> {
    const { guard, holdId } = await this.store.of(tx, source);
    if (guard?.types && !guard.types.includes(type))
      throw new Problem('signal_type_forbidden', `${source} may not tell ${type}`);
    if (!endsAccess(type)) return undefined;
    if (holdId !== undefined) return holdId;
    const limit = await this.exceeded(tx, source, guard, now);
    return limit && this.open(tx, source, limit, now);
  }

  private async exceeded(tx: Tx, source: string, guard: Guard | undefined, now: Date): Promise<Limit | undefined> {
    if (guard) {
      if (guard.most === null) return undefined;
      const limit = { most: guard.most, windowSeconds: guard.windowSeconds };
      return (await this.store.isExceeded(tx, source, limit, now)) ? limit : undefined;
    }
    // What is normal for a source costs a look at its month: not before it tells more than anybody may.
    if (!(await this.store.isExceeded(tx, source, learnedLimit(0), now))) return undefined;
    const limit = learnedLimit(await this.store.normalOf(tx, source, now));
    return (await this.store.isExceeded(tx, source, limit, now)) ? limit : undefined;
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
