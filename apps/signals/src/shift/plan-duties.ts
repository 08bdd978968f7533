import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { occurrencesOf } from './calendar.js';
import { plannedOf, type Duty, type Planned } from './duty.js';
import { DutyStore } from './duty.store.js';
import type { StoredShift } from './shift.store.js';

/** So far ahead duties are made of a shift: the later, the better it is known which rules its zone will have. */
const AHEAD_MS = 24 * 3_600_000;
/** No zone is further from another: an end that new rules move is found by whoever looks back so far. */
const MOST_MOVED_MS = 26 * 3_600_000;

/** Makes duties of a shift: those that are near, and those that came and went while nobody looked. Under the lock of the tenant's shifts. */
@Injectable()
export class PlanDuties {
  constructor(private readonly duties: DutyStore) {}

  /** Throws a `RangeError` where the shift can not be read. */
  async execute(tx: Tx, { shift, savedAt, lookedAt }: StoredShift, now: Date): Promise<void> {
    const since = new Date(Math.max(savedAt.getTime(), lookedAt.getTime() - MOST_MOVED_MS));
    const wanted = occurrencesOf(shift, since, new Date(now.getTime() + AHEAD_MS)).flatMap((one) =>
      plannedOf(shift, one),
    );
    const known = new Map((await this.duties.ofShift(tx, shift.shiftId, since)).map((duty) => [keyOf(duty), duty]));
    const changed = wanted.flatMap((planned) => asPlanned(planned, known.get(keyOf(planned))) ?? []);
    await this.duties.put(tx, changed);
    const keys = new Set(wanted.map(keyOf));
    // Who is on duty stays so until their end, whatever the roster says by now.
    const given = [...known.values()].filter(({ state, startsAt }) => state === 'planned' && startsAt > now);
    const gone = given.filter((duty) => !keys.has(keyOf(duty)));
    if (gone.length > 0)
      await this.duties.remove(
        tx,
        gone.map(({ dutyId }) => dutyId),
      );
  }
}

const keyOf = ({ occurrence, person }: Planned): string => `${occurrence}\u0000${person}`;

/** Undefined: it is that already, or over. */
function asPlanned(planned: Planned, known: Duty | undefined): Duty | undefined {
  if (!known) {
    const nothingCameOfIt = { extendedUntil: null, state: 'planned', continuedAs: null, extension: null } as const;
    return { ...planned, dutyId: uuidv7(), ...nothingCameOfIt };
  }
  if (known.state === 'ended') return undefined;
  const duty = { ...known, ...planned };
  return JSON.stringify(duty) === JSON.stringify(known) ? undefined : duty;
}
