import { DutyEndedV1, DutyEndAnnouncedV1, DutyStartedV1 } from '@curfew/contracts';
import { crashPoint, UnitOfWork, type Cause, type Tx } from '@curfew/messaging';
import { InjectLogger, startLoop, type Logger, type Loop } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { ReceiveSignal } from '../signal/receive-signal.js';
import { orderingKey } from '../signal/signal.js';
import { zoneRules } from './calendar.js';
import {
  afterStep,
  continuationOf,
  endsAtOf,
  factsOfDuty,
  freshFrom,
  nextStep,
  placeOf,
  type Duty,
  type Step,
} from './duty.js';
import { DutyStore } from './duty.store.js';
import { inTurn } from './in-turn.js';
import { PlanDuties } from './plan-duties.js';
import { ShiftStore } from './shift.store.js';

const EVERY_MS = 200;
const BATCH = 100;
/** A shift is looked at so often: it may be that its zone's rules have changed under a running service. */
const LOOK_EVERY_MS = 10 * 60_000;
/** As signals name it, and as the trail does. */
const SOURCE = 'calendar:shifts';
const ACTOR = 'service:signals';

interface Due {
  readonly duty: Duty;
  readonly step: Step;
  readonly at: Date;
}

/**
 * The shift clock: begins duties, warns of their end and ends them, in the order of their hours. What is due is a row,
 * so a restart neither forgets one nor hurries it; of two instances one holds the tenant's shifts and the other finds
 * nothing left to do; and a signal of a duty is taken in once, whatever happens.
 */
@Injectable()
export class ShiftClock implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | undefined;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly shifts: ShiftStore,
    private readonly duties: DutyStore,
    private readonly planDuties: PlanDuties,
    private readonly receiveSignal: ReceiveSignal,
    @InjectLogger() private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = startLoop('shift clock', EVERY_MS, this.log, () => this.tick());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }

  /** True when there may be more. */
  async tick(): Promise<boolean> {
    const looked = await this.look();
    const tenants = await this.duties.dueTenants(BATCH);
    let more = looked;
    for (const tenant of tenants) more = (await this.advance(tenant)) || more;
    return more;
  }

  private async look(): Promise<boolean> {
    const due = await this.shifts.due(zoneRules(), BATCH);
    for (const { tenant, shiftId } of due)
      try {
        await inTurn(this.unitOfWork, tenant, (tx, now) => this.lookAt(tx, shiftId, now));
      } catch (error) {
        // One that can't be read keeps no other from its end; somebody must mend it.
        this.log.error({ err: error, tenant, shiftId }, 'no duties could be made of a shift');
        await inTurn(this.unitOfWork, tenant, (tx, now) => this.shifts.looked(tx, shiftId, this.nextLook(now)));
      }
    return due.length === BATCH;
  }

  private async lookAt(tx: Tx, shiftId: string, now: Date): Promise<void> {
    const stored = await this.shifts.get(tx, shiftId);
    if (!stored || (stored.lookAt > now && stored.zoneRules >= zoneRules())) return; // another instance was here
    await this.planDuties.execute(tx, stored, now);
    await this.shifts.looked(tx, shiftId, { ...this.nextLook(now), lookedAt: now });
  }

  private nextLook = (now: Date) => ({ zoneRules: zoneRules(), lookAt: new Date(now.getTime() + LOOK_EVERY_MS) });

  private advance(tenant: string): Promise<boolean> {
    return inTurn(this.unitOfWork, tenant, async (tx, now) => {
      const duties = await this.duties.due(tx, now, BATCH);
      const full = duties.length === BATCH;
      // What is left for the next batch may be due before the next step of one of these.
      const until = full ? nextStep(duties[BATCH - 1]!)!.at : now;
      const after = await this.take(tx, duties, until, now);
      await this.duties.put(tx, after);
      if (after.some(({ state }) => state === 'ended')) crashPoint('S16', 'signals');
      return full || after.some((duty) => isDue(duty, now));
    });
  }

  /** Their steps up to an instant, one after the other by their hours. Answers the duties as they are then. */
  private async take(tx: Tx, duties: readonly Duty[], until: Date, now: Date): Promise<Duty[]> {
    const known = new Map(duties.map((duty) => [duty.dutyId, duty]));
    const earliest = duties
      .map(endsAtOf)
      .concat(duties.map(({ startsAt, earlySeconds }) => new Date(startsAt.getTime() - earlySeconds * 1000)));
    const since = new Date(Math.min(now.getTime(), ...earliest.map((at) => at.getTime())) - 1);
    const ofPeople = await this.duties.ofPeople(tx, [...new Set(duties.map(({ person }) => person))], since);
    for (let next = first(known, until); next; next = first(known, until)) {
      const { duty, step } = next;
      const others = ofPeople.filter(({ person }) => person === duty.person);
      known.set(duty.dutyId, await this.execute(tx, duty, step, others, now));
    }
    return [...known.values()];
  }

  private async execute(tx: Tx, duty: Duty, step: Step, others: readonly Duty[], now: Date): Promise<Duty> {
    const cause: Cause = { actor: ACTOR, correlationId: duty.dutyId };
    const subject = orderingKey(duty);
    const facts = factsOfDuty(duty);
    switch (step) {
      case 'start': {
        const fresh = freshFrom(duty, others);
        tx.publish(DutyStartedV1, { subject, cause, data: { ...facts, freshFrom: fresh.toISOString() } });
        await this.tell(tx, duty, 'started', duty.startsAt, fresh, now);
        return afterStep(duty, step);
      }
      case 'warn':
        if (endsAtOf(duty) > now) tx.publish(DutyEndAnnouncedV1, { subject, cause, data: facts });
        return afterStep(duty, step);
      case 'end': {
        const continuedAs = continuationOf(duty, others)?.dutyId;
        tx.publish(DutyEndedV1, { subject, cause, data: { ...facts, ...(continuedAs && { continuedAs }) } });
        // What the other one began with ended when that did: what there is now belongs to it.
        if (continuedAs === undefined) await this.tell(tx, duty, 'ended', endsAtOf(duty), endsAtOf(duty), now);
        return afterStep(duty, step, continuedAs);
      }
    }
  }

  private tell(tx: Tx, duty: Duty, what: 'started' | 'ended', at: Date, upTo: Date, now: Date): Promise<void> {
    return this.receiveSignal.ofCalendar(
      tx,
      { source: SOURCE, actor: ACTOR },
      {
        type: `shift.${what}`,
        eventId: `${duty.dutyId}/${what}`,
        subject: duty.subject,
        occurredAt: at,
        reason: `shift ${duty.shiftId} ${what}`,
        limits: { authenticatedUpTo: upTo.toISOString(), ...placeOf(duty) },
      },
      now,
    );
  }
}

const isDue = (duty: Duty, until: Date): boolean => (nextStep(duty)?.at ?? NEVER) <= until;
const NEVER = new Date(8.64e15);
/** At one instant what begins comes before what ends. */
const RANK: Readonly<Record<Step, number>> = { start: 0, warn: 1, end: 2 };

function first(duties: ReadonlyMap<string, Duty>, until: Date): Due | undefined {
  let earliest: Due | undefined;
  for (const duty of duties.values()) {
    const next = nextStep(duty);
    if (!next || next.at > until) continue;
    const order = earliest && (next.at.getTime() - earliest.at.getTime() || RANK[next.step] - RANK[earliest.step]);
    if (order === undefined || order < 0) earliest = { duty, ...next };
  }
  return earliest;
}
