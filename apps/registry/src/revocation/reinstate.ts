import { DeviceClearedV1, Problem, SubjectReinstatedV1 } from '@curfew/contracts';
import { exclusive, startedBy, UnitOfWork, type Cause, type Tx } from '@curfew/messaging';
import { once, type IdempotentRequest } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import type { Target } from '../barrier/barrier.js';
import { RaiseBarriers } from '../barrier/raise-barriers.js';
import { RevocationStore } from './revocation.store.js';

export interface Reinstated {
  readonly lifted: readonly string[];
  readonly barsLeft: number;
  readonly notBefore: string | null;
}

/**
 * Gives back the right to sign in: takes bars away and raises `notBefore` to this instant, so no session of before
 * lives again. Running deliveries go on (design §4.10).
 */
@Injectable()
export class Reinstate {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: RevocationStore,
    private readonly raiseBarriers: RaiseBarriers,
  ) {}

  /** By hand; all bars, or one revocation's. Throws `bar_not_found`. */
  execute(
    { tenant, actor }: { tenant: string; actor: string },
    target: Target & { kind: 'subject' | 'device' },
    { revocationId, reason }: { revocationId?: string; reason: string },
    assertThere: (tx: Tx) => Promise<void>,
    idempotent?: IdempotentRequest,
  ): Promise<Reinstated> {
    return this.unitOfWork.run(
      tenant,
      (tx) =>
        once(tx, idempotent, async () => {
          await assertThere(tx);
          const bars = await this.store.bars(tx, target);
          const lifted = bars.filter((bar) => revocationId === undefined || bar.revocationId === revocationId);
          if (revocationId !== undefined && lifted.length === 0) throw new Problem('bar_not_found');
          const cause = startedBy(actor);
          return this.lift(
            tx,
            target,
            lifted.map((bar) => bar.revocationId),
            { reason, cause, signalId: null },
          );
        }),
      [exclusive(target.kind, tenant, target.id)],
    );
  }

  /** In the caller's transaction, under the target's lock. */
  async lift(
    tx: Tx,
    target: Target,
    revocationIds: readonly string[],
    { reason, cause, signalId }: { reason: string; cause: Cause; signalId: string | null },
  ): Promise<Reinstated> {
    const barsLeft = (await this.store.bars(tx, target)).filter(
      (bar) => !revocationIds.includes(bar.revocationId),
    ).length;
    if (revocationIds.length === 0) return { lifted: [], barsLeft, notBefore: null };
    const { now } = await this.store.moment(tx);
    await this.store.lift(tx, target, revocationIds, signalId);
    await this.raiseBarriers.execute(tx, [{ target, notBefore: now, endsBefore: 0n, revocationId: null }]);
    const data = { revocationIds: [...revocationIds], barsLeft, notBefore: now.toISOString(), reason, signalId };
    if (target.kind === 'device')
      tx.publish(DeviceClearedV1, { subject: target.id, cause, data: { deviceId: target.id, ...data } });
    else tx.publish(SubjectReinstatedV1, { subject: target.id, cause, data: { subjectId: target.id, ...data } });
    return { lifted: revocationIds, barsLeft, notBefore: now.toISOString() };
  }
}
