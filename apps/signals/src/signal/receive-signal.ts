import { Problem, SignalHeldV1, SignalReceivedV1, SignalScheduledV1 } from '@curfew/contracts';
import { crashPoint, GroupCommit, UnitOfWork, type Tx } from '@curfew/messaging';
import { once, type IdempotentRequest } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { GuardSource } from '../guard/guard-source.js';
import { assertComplete, contentHash, factsOf, orderingKey, type Signal, type SignalContent } from './signal.js';
import { withoutSecrets } from './payload.js';
import { SignalStore, type ReadFrom } from './signal.store.js';

/** Who says it. */
export interface Teller {
  readonly tenant: string;
  readonly source: string;
  readonly actor: string;
}

/** What was sent, where it is not the signal itself, and what read it. */
export interface Origin {
  readonly mapping: string;
  readonly payload: unknown;
}

export interface ReceivedSignal {
  readonly signalId: string;
  readonly state: Signal['state'];
}

/**
 * Takes in what a source says, once for each of its event ids. When this returns it is on disk; one whose time has
 * not come is held by the scheduler, and one too many by the guard of its source.
 */
@Injectable()
export class ReceiveSignal {
  private readonly groupCommit: GroupCommit;

  constructor(
    unitOfWork: UnitOfWork,
    private readonly store: SignalStore,
    private readonly guard: GuardSource,
  ) {
    this.groupCommit = new GroupCommit(unitOfWork);
  }

  /** Throws `invalid_field`, `event_id_reused`, `signal_type_forbidden`, `idempotency_key_reused`. */
  async execute(teller: Teller, content: SignalContent, request?: IdempotentRequest): Promise<ReceivedSignal> {
    return this.inOneTransaction(
      teller,
      [content],
      (tx, now) => once(tx, request, async () => (await this.take(tx, teller, content, now)).received),
      request && `${request.holder} ${request.key}`,
    );
  }

  /** Several that were said together: all of them or none. Throws `invalid_field`, `event_id_reused`. */
  async executeAll(teller: Teller, contents: readonly SignalContent[], origin?: Origin): Promise<ReceivedSignal[]> {
    return this.inOneTransaction(teller, contents, (tx, now) => this.takeAll(tx, teller, contents, now, origin));
  }

  /** As a part of what its teller does: both or neither. Throws `invalid_field`, `event_id_reused`. */
  async within(tx: Tx, teller: Teller, content: SignalContent, now: Date, origin?: Origin): Promise<void> {
    assertComplete(content, now);
    await this.takeAll(tx, teller, [content], now, origin);
  }

  /** What Curfew's own calendar says: nobody has to be asked whether it means it. */
  async ofCalendar(tx: Tx, teller: Omit<Teller, 'tenant'>, content: SignalContent, now: Date): Promise<void> {
    assertComplete(content, now);
    await this.take(tx, teller, content, now, { guarded: false });
  }

  /** What they were read from is kept once, and not again where they had all been said before. */
  private async takeAll(
    tx: Tx,
    teller: Teller,
    contents: readonly SignalContent[],
    now: Date,
    origin: Origin | undefined,
  ): Promise<ReceivedSignal[]> {
    const from = origin && { mapping: origin.mapping, payloadId: uuidv7() };
    const taken = [];
    for (const content of contents) taken.push(await this.take(tx, teller, content, now, { from }));
    if (origin && taken.some(({ isNew }) => isNew))
      await this.store.keepPayload(tx, from!.payloadId, withoutSecrets(origin.payload));
    return taken.map(({ received }) => received);
  }

  private async inOneTransaction<T>(
    { tenant }: Teller,
    contents: readonly SignalContent[],
    work: (tx: Tx, now: Date) => Promise<T>,
    key?: string,
  ): Promise<T> {
    const now = new Date();
    for (const content of contents) assertComplete(content, now);
    crashPoint('S1', 'signals');
    const received = await this.groupCommit.run(tenant, (tx) => work(tx, now), key);
    crashPoint('S2', 'signals');
    return received;
  }

  private async take(
    tx: Tx,
    { source, actor }: Omit<Teller, 'tenant'>,
    content: SignalContent,
    now: Date,
    { from, guarded = true }: { readonly from?: ReadFrom | undefined; readonly guarded?: boolean } = {},
  ): Promise<{ received: ReceivedSignal; isNew: boolean }> {
    const later = content.effectiveAt !== undefined && content.effectiveAt > now;
    const signal: Signal = {
      ...content,
      signalId: uuidv7(),
      source,
      actor,
      effectiveAt: content.effectiveAt ?? content.occurredAt,
      receivedAt: now,
      state: later ? 'scheduled' : 'received',
    };
    if (!(await this.store.insert(tx, signal, from)))
      return { received: await this.repeated(tx, source, content), isNew: false };
    const holdId = guarded ? await this.guard.holdFor(tx, signal) : undefined;
    if (holdId !== undefined) return { received: await this.hold(tx, signal, holdId, later), isNew: true };
    tx.publish(later ? SignalScheduledV1 : SignalReceivedV1, {
      subject: orderingKey(signal),
      cause: { actor, correlationId: signal.signalId },
      data: factsOf(signal, later),
    });
    return { received: { signalId: signal.signalId, state: signal.state }, isNew: true };
  }

  private async hold(tx: Tx, signal: Signal, holdId: string, scheduled: boolean): Promise<ReceivedSignal> {
    const { signalId, actor } = signal;
    await this.store.hold(tx, signalId, holdId);
    tx.publish(SignalHeldV1, {
      subject: orderingKey(signal),
      cause: { actor, correlationId: signalId },
      data: { ...factsOf(signal, scheduled), holdId },
    });
    return { signalId, state: 'held' };
  }

  private async repeated(tx: Tx, source: string, content: SignalContent): Promise<ReceivedSignal> {
    const earlier = await this.store.byEventId(tx, source, content.eventId);
    if (!earlier || earlier.contentHash !== contentHash(content)) throw new Problem('event_id_reused', content.eventId);
    return { signalId: earlier.signalId, state: earlier.state };
  }
}
