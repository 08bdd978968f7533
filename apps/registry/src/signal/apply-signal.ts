import {
  ReinstatementRequestedV1,
  RevocationRequestedV1,
  SignalParkedV1,
  SignalRescindedV1,
  SignalScheduledV1,
  SignalSettledV1,
  type CurfewEvent,
  type DataOf,
} from '@curfew/contracts';
import { causedBy, exclusive, PermanentError, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Target } from '../barrier/barrier.js';
import { limitsOf } from '../barrier/limits.js';
import { Reinstate } from '../revocation/reinstate.js';
import type { Moment } from '../revocation/revocation.js';
import { RevocationStore } from '../revocation/revocation.store.js';
import { StartRevocation } from '../revocation/start-revocation.js';
import { identifiersOf, type SubjectReference } from '../subject/identifier.js';
import { SubjectStore } from '../subject/subject.store.js';
import { barringAgain, judgeFact, revocationsAfter, type SourceFact } from './judge-fact.js';
import { ParkedEventStore } from './parked-event.store.js';
import { SourceFactStore } from './source-fact.store.js';

/** What is about one subject: named by identifiers until the registry has resolved them. */
export type SubjectEvent = RevocationRequestedV1 | ReinstatementRequestedV1 | SignalScheduledV1;

/**
 * What policy made of a signal, put in force. The registry alone knows whom an identifier means; what names nobody is
 * parked, under the lock that creating and linking subjects take as well, and applies when the subject appears.
 */
@Injectable()
export class ApplySignal {
  constructor(
    private readonly subjects: SubjectStore,
    private readonly parked: ParkedEventStore,
    private readonly facts: SourceFactStore,
    private readonly startRevocation: StartRevocation,
    private readonly reinstate: Reinstate,
    private readonly revocations: RevocationStore,
  ) {}

  async execute(event: SubjectEvent, tx: Tx): Promise<void> {
    const device = deviceOf(event);
    if (device !== undefined) return this.revokeDevice(event as RevocationRequestedV1, device, tx);
    const subjectId = await this.resolve(referenceOf(event), tx);
    if (subjectId === undefined) return this.park(event, tx);
    tx.lock(exclusive('subject', tx.tenant, subjectId));
    await this.applyTo(subjectId, event, tx);
  }

  /** Parked events of a subject that has just appeared or been linked; the caller holds the locks. */
  async applyParked(subjectId: string, identifiers: readonly string[], tx: Tx): Promise<void> {
    for (const event of await this.parked.take(tx, identifiers))
      await this.applyTo(subjectId, event as SubjectEvent, tx);
  }

  /**
   * Lifts what the signal raised, or bars again what it overruled; what it ended stays ended. Under the lock its revocation takes as well: whichever of
   * the two comes second sees what the first did, so one that has not arrived yet will do nothing.
   */
  async rescind(event: SignalRescindedV1, tx: Tx): Promise<void> {
    const { signalId, device, subject, rescindReason } = event.data;
    const subjectId = device ? undefined : await this.resolve(subject ?? {}, tx);
    if (device) tx.lock(exclusive('device', tx.tenant, device.id));
    else if (subjectId !== undefined) tx.lock(exclusive('subject', tx.tenant, subjectId));
    this.facts.rescind(tx, signalId);
    const revocation = await this.revocations.bySignal(tx, signalId);
    const bars = revocation ? await this.revocations.bars(tx, revocation.target) : [];
    if (revocation && bars.some((bar) => bar.revocationId === revocation.revocationId)) {
      const reason = rescindReason ?? 'the signal was rescinded';
      await this.reinstate.lift(tx, revocation.target, [revocation.revocationId], {
        reason,
        cause: causedBy(event),
        signalId,
      });
    }
    const again = subjectId === undefined ? undefined : await this.barAgain(event, subjectId, tx);
    this.settle(event, 'rescinded', subjectId, tx, again);
  }

  /**
   * A revocation of its own: the first one's sessions are counted and told. It ends what was opened since, too. Answers
   * its id; undefined where nothing bars again.
   */
  private async barAgain(event: SignalRescindedV1, subjectId: string, tx: Tx): Promise<string | undefined> {
    const { signalId, order } = event.data;
    const { moment, known, isProtected } = await this.facts.ground(tx, subjectId, order.source, signalId);
    const request = barringAgain(known);
    if (request === undefined || isProtected) return undefined;
    const since = new Date(event.time);
    const { revocationId } = await this.startRevocation.execute(
      tx,
      {
        ...orderOf(request),
        revocationId: uuidv7(),
        target: { kind: 'subject', id: subjectId },
        bar: true,
        upTo: null,
        requestedAt: since,
        originAt: since,
        cause: causedBy(event),
      },
      moment,
    );
    return revocationId;
  }

  /** Undefined when nobody is known by any of them; then the lock is held under which somebody would become known. */
  private async resolve(reference: SubjectReference, tx: Tx): Promise<string | undefined> {
    const identifiers = identifiersOf(reference);
    if (identifiers.length === 0) throw new PermanentError('the event names nobody');
    const known = await this.subjects.resolve(tx, identifiers);
    if (known !== undefined) return known;
    tx.lock(exclusive('identifiers', tx.tenant));
    return this.subjects.resolve(tx, identifiers);
  }

  private async park(event: SubjectEvent, tx: Tx): Promise<void> {
    const reference = referenceOf(event);
    const { data } = event;
    await this.parked.park(tx, event, identifiersOf(reference));
    tx.publish(SignalParkedV1, {
      subject: event.subject,
      cause: causedBy(event),
      data: {
        signalId: data.signalId,
        identifiers: reference,
        ...('revocationId' in data ? { revocationId: data.revocationId } : {}),
      },
    });
  }

  private async applyTo(subjectId: string, event: SubjectEvent, tx: Tx): Promise<void> {
    const { signalId, order, scheduled } = event.data;
    const { moment, rescinded, isProtected, known } = await this.facts.ground(tx, subjectId, order.source, signalId);
    if (rescinded) return this.settle(event, 'rescinded', subjectId, tx);
    if (event.type === RevocationRequestedV1.type && isProtected) return this.settle(event, 'protected', subjectId, tx);
    const fact = factOf(event);
    const verdict = fact === undefined ? 'applies' : judgeFact(known, fact, scheduled);
    const due = event.type !== SignalScheduledV1.type;
    if (fact !== undefined)
      this.facts.record(tx, { subjectId, source: order.source, fact, due, request: barringRequestOf(event) });
    if (!due) return; // it counts in the order from now on, and acts when it is due
    if (event.type === ReinstatementRequestedV1.type) {
      const exempt = fact === undefined ? [] : revocationsAfter(known, fact);
      return this.rehire(event as ReinstatementRequestedV1, subjectId, verdict === 'out_of_date', exempt, tx);
    }
    if (verdict === 'replaced') return this.settle(event, verdict, subjectId, tx);
    await this.revoke(
      event as RevocationRequestedV1,
      { kind: 'subject', id: subjectId },
      verdict === 'superseded',
      moment,
      tx,
    );
  }

  private async revokeDevice(event: RevocationRequestedV1, deviceId: string, tx: Tx): Promise<void> {
    tx.lock(exclusive('device', tx.tenant, deviceId));
    const { moment, rescinded } = await this.facts.ground(tx, deviceId, event.data.order.source, event.data.signalId);
    if (rescinded) return this.settle(event, 'rescinded', undefined, tx);
    await this.revoke(event, { kind: 'device', id: deviceId }, false, moment, tx);
  }

  private async revoke(
    event: RevocationRequestedV1,
    target: Target,
    superseded: boolean,
    moment: Moment,
    tx: Tx,
  ): Promise<void> {
    const { data } = event;
    const upTo = superseded ? new Date(data.effectiveAt) : null;
    const limits = data.limits && { limits: limitsOf(data.limits) };
    await this.startRevocation.execute(
      tx,
      { ...orderOf(event), target, bar: data.bar && !superseded, upTo, ...limits },
      moment,
    );
  }

  /** Lifts only bars that its own source raised (design §4.10), and had raised when it said so. */
  private async rehire(
    event: ReinstatementRequestedV1,
    subjectId: string,
    late: boolean,
    exempt: readonly string[],
    tx: Tx,
  ): Promise<void> {
    const { order, signalId, reason } = event.data;
    const target = { kind: 'subject', id: subjectId } as const;
    const own = (await this.revocations.bars(tx, target)).filter(
      (bar) => bar.source === order.source && !exempt.includes(bar.revocationId),
    );
    await this.reinstate.lift(
      tx,
      target,
      own.map((bar) => bar.revocationId),
      { reason, cause: causedBy(event), signalId },
    );
    this.settle(event, late && own.length === 0 ? 'out_of_date' : 'reinstated', subjectId, tx);
  }

  private settle(
    event: CurfewEvent<{ signalId: string }>,
    outcome: DataOf<typeof SignalSettledV1>['outcome'],
    subjectId: string | undefined,
    tx: Tx,
    revocationId?: string,
  ): void {
    tx.publish(SignalSettledV1, {
      subject: event.subject,
      cause: causedBy(event),
      data: {
        signalId: event.data.signalId,
        outcome,
        ...(subjectId === undefined ? {} : { subjectId }),
        ...(revocationId === undefined ? {} : { revocationId }),
      },
    });
  }
}

function deviceOf({ type, data }: SubjectEvent): string | undefined {
  return type === RevocationRequestedV1.type && 'target' in data && data.target.kind === 'device'
    ? data.target.id
    : undefined;
}

function referenceOf({ data }: SubjectEvent): SubjectReference {
  if ('target' in data) return data.target.kind === 'subject' ? data.target.identifiers : {};
  return 'identifiers' in data ? data.identifiers : (data.subject ?? {});
}

/** Undefined: not a fact that its source orders; it simply applies. */
function factOf({ data }: SubjectEvent): SourceFact | undefined {
  const kind =
    data.signalType === 'employment.terminated'
      ? 'terminated'
      : data.signalType === 'employment.rehired'
        ? 'rehired'
        : undefined;
  if (kind === undefined) return undefined;
  return {
    kind,
    signalId: data.signalId,
    occurredAt: new Date(data.order.occurredAt),
    sequence: data.order.sequence ?? null,
  };
}

function barringRequestOf(event: SubjectEvent): RevocationRequestedV1 | null {
  if (event.type !== RevocationRequestedV1.type) return null;
  const request = event as RevocationRequestedV1;
  return request.data.bar ? request : null;
}

function orderOf(event: RevocationRequestedV1) {
  const { data } = event;
  return {
    revocationId: data.revocationId,
    reason: data.reason,
    deadlineSeconds: data.deadlineSeconds,
    requestedAt: new Date(event.time),
    originAt: new Date(data.scheduled ? event.time : data.receivedAt),
    cause: causedBy(event),
    signalId: data.signalId,
    signal: {
      type: data.signalType,
      source: data.order.source,
      occurredAt: data.order.occurredAt,
      receivedAt: data.receivedAt,
      effectiveAt: data.effectiveAt,
      ...(data.limits === undefined ? {} : { limits: data.limits }),
      decidedAt: event.time,
      reaction: data.reaction,
    },
    source: data.order.source,
  };
}
