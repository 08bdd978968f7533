import { Problem, SourceGuardChangedV1, SourceHoldDecidedV1 } from '@curfew/contracts';
import { startedBy, UnitOfWork } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import type { Guard, Hold } from './guard.js';
import { GuardStore } from './guard.store.js';

interface Caller {
  readonly tenant: string;
  readonly actor: string;
}

/** What people say of sources: how much each may end by itself, and what becomes of what is held. */
@Injectable()
export class DecideHold {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: GuardStore,
  ) {}

  /** From now on its limit is counted anew. Throws `hold_not_found`, `hold_decided`. */
  async decide(
    { tenant, actor }: Caller,
    holdId: string,
    decision: 'approved' | 'declined',
    reason: string | null,
  ): Promise<Hold> {
    return this.unitOfWork.run(tenant, async (tx) => {
      if (!(await this.store.hold(tx, holdId))) throw new Problem('hold_not_found');
      const state = decision === 'approved' ? 'approving' : 'declining';
      if (!(await this.store.decide(tx, holdId, state, { by: actor, at: new Date(), reason })))
        throw new Problem('hold_decided');
      const hold = (await this.store.hold(tx, holdId))!;
      const { source, held } = hold;
      tx.publish(SourceHoldDecidedV1, {
        subject: source,
        cause: { actor, correlationId: holdId },
        data: { holdId, source, decision, reason, held },
      });
      return hold;
    });
  }

  async setGuard({ tenant, actor }: Caller, guard: Guard): Promise<Guard> {
    await this.unitOfWork.run(tenant, async (tx) => {
      await this.store.put(tx, guard);
      const { source, most, windowSeconds, types } = guard;
      tx.publish(SourceGuardChangedV1, {
        subject: source,
        cause: startedBy(actor),
        data: { source, guard: { most, windowSeconds, types: types && [...types] } },
      });
    });
    return guard;
  }

  /** Back to what is usual. Throws `guard_not_found`. */
  async removeGuard({ tenant, actor }: Caller, source: string): Promise<void> {
    await this.unitOfWork.run(tenant, async (tx) => {
      if (!(await this.store.remove(tx, source))) throw new Problem('guard_not_found');
      tx.publish(SourceGuardChangedV1, {
        subject: source,
        cause: startedBy(actor),
        data: { source, guard: null },
      });
    });
  }
}
