import { Problem, ShiftRemovedV1, ShiftSavedV1, unprocessableField } from '@curfew/contracts';
import { startedBy, UnitOfWork, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { firstIdentifier } from '../signal/signal.js';
import { assertSchedule, spelt } from './calendar.js';
import { inTurn } from './in-turn.js';
import { PlanDuties } from './plan-duties.js';
import type { Shift } from './shift.js';
import { ShiftStore } from './shift.store.js';

interface Caller {
  readonly tenant: string;
  readonly actor: string;
}

/** Puts shifts on the calendar and takes them off it. What was due by the calendar before stays due. */
@Injectable()
export class SaveShift {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: ShiftStore,
    private readonly planDuties: PlanDuties,
  ) {}

  /** All of them or none; answers them as they are kept. Throws `unprocessable_field`. */
  async execute({ tenant, actor }: Caller, given: readonly Shift[], removed: readonly string[] = []): Promise<Shift[]> {
    given.forEach(assertSound);
    const shifts = given.map((shift) => ({ ...shift, ...spelt(shift) }));
    await inTurn(this.unitOfWork, tenant, async (tx, now) => {
      for (const shift of shifts) await this.save(tx, shift, actor, now);
      for (const shiftId of removed) await this.takeOff(tx, shiftId, actor, now);
    });
    return shifts;
  }

  /** Throws `shift_not_found`. */
  async remove({ tenant, actor }: Caller, shiftId: string): Promise<void> {
    await inTurn(this.unitOfWork, tenant, async (tx, now) => {
      if (!(await this.takeOff(tx, shiftId, actor, now))) throw new Problem('shift_not_found');
    });
  }

  private async save(tx: Tx, after: Shift, actor: string, now: Date): Promise<void> {
    const stored = await this.store.get(tx, after.shiftId);
    if (stored && JSON.stringify(stored.shift) === JSON.stringify(after)) return;
    if (stored) await this.planDuties.execute(tx, stored, now);
    await this.planDuties.execute(tx, await this.store.put(tx, after, now), now);
    tx.publish(ShiftSavedV1, {
      subject: after.shiftId,
      cause: startedBy(actor),
      data: { before: stored ? documentOf(stored.shift) : null, after: documentOf(after) },
    });
  }

  private async takeOff(tx: Tx, shiftId: string, actor: string, now: Date): Promise<boolean> {
    const stored = await this.store.get(tx, shiftId);
    if (!stored) return false;
    await this.planDuties.execute(tx, stored, now);
    await this.planDuties.execute(tx, { ...stored, shift: { ...stored.shift, staff: [], changes: [] } }, now);
    await this.store.remove(tx, shiftId);
    tx.publish(ShiftRemovedV1, {
      subject: shiftId,
      cause: startedBy(actor),
      data: { before: documentOf(stored.shift) },
    });
    return true;
  }
}

function assertSound(shift: Shift): void {
  assertSchedule(shift);
  const lists = [shift.staff, ...shift.changes.map(({ staff }) => staff ?? [])];
  for (const subject of lists.flat())
    if (firstIdentifier(subject) === undefined)
      throw unprocessableField('staff', 'must hold id, email, employeeId, or iss and sub of each');
}

/** As an event has it: its lists are its own. */
const documentOf = (shift: Shift) => structuredClone(shift) as Mutable<Shift>;
type Mutable<T> = T extends readonly (infer U)[]
  ? Mutable<U>[]
  : T extends object
    ? { -readonly [K in keyof T]: Mutable<T[K]> }
    : T;
