import { DutyExtensionAskedV1, DutyExtensionDecidedV1, Problem, unprocessableField } from '@curfew/contracts';
import { UnitOfWork, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { endsAtOf, extended, type Duty, type Extension } from './duty.js';
import { DutyStore } from './duty.store.js';
import { inTurn } from './in-turn.js';

const LONGEST_MS = 24 * 3_600_000;

interface Caller {
  readonly tenant: string;
  readonly actor: string;
}

/** Lets one person stay on longer: somebody asks for it, somebody else approves. */
@Injectable()
export class ExtendDuty {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly duties: DutyStore,
  ) {}

  /** Instead of what was asked for before. Throws `duty_not_found`, `duty_over`, `unprocessable_field`. */
  async ask({ tenant, actor }: Caller, dutyId: string, until: Date, reason: string | null): Promise<Duty> {
    return this.change(tenant, dutyId, async (tx, duty, now) => {
      const endsAt = endsAtOf(duty);
      if (until <= endsAt || until.getTime() > endsAt.getTime() + LONGEST_MS)
        throw unprocessableField('until', `must be after ${endsAt.toISOString()}, by a day at the most`);
      const decided = { decidedBy: null, decidedAt: null, decisionReason: null };
      const extension = { until, reason, askedBy: actor, askedAt: now, state: 'asked', ...decided } as const;
      tx.publish(DutyExtensionAskedV1, {
        subject: duty.shiftId,
        cause: { actor, correlationId: dutyId },
        data: { dutyId, shiftId: duty.shiftId, until: until.toISOString(), reason },
      });
      return { ...duty, extension };
    });
  }

  /** Throws `duty_not_found`, `duty_over`, `extension_not_found`, `extension_decided`, `extension_of_ones_own`. */
  async decide(
    { tenant, actor }: Caller,
    dutyId: string,
    decision: 'approved' | 'declined',
    reason: string | null,
  ): Promise<Duty> {
    return this.change(tenant, dutyId, async (tx, duty, now) => {
      const asked = duty.extension;
      if (!asked) throw new Problem('extension_not_found');
      if (asked.state !== 'asked') throw new Problem('extension_decided');
      if (asked.askedBy === actor) throw new Problem('extension_of_ones_own');
      const extension: Extension = {
        ...asked,
        state: decision,
        decidedBy: actor,
        decidedAt: now,
        decisionReason: reason,
      };
      tx.publish(DutyExtensionDecidedV1, {
        subject: duty.shiftId,
        cause: { actor, correlationId: dutyId },
        data: { dutyId, shiftId: duty.shiftId, until: asked.until.toISOString(), decision, reason },
      });
      return decision === 'approved' ? extended(duty, extension) : { ...duty, extension };
    });
  }

  /** One whose hour has come is over, though the clock has not got to it yet. */
  private change(
    tenant: string,
    dutyId: string,
    work: (tx: Tx, duty: Duty, now: Date) => Promise<Duty>,
  ): Promise<Duty> {
    return inTurn(this.unitOfWork, tenant, async (tx, now) => {
      const duty = await this.duties.get(tx, dutyId);
      if (!duty) throw new Problem('duty_not_found');
      if (duty.state === 'ended' || endsAtOf(duty) <= now) throw new Problem('duty_over');
      const changed = await work(tx, duty, now);
      await this.duties.put(tx, [changed]);
      return changed;
    });
  }
}
