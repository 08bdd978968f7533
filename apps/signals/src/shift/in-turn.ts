import { exclusive, type Tx, type UnitOfWork } from '@curfew/messaging';

/** Whoever changes a tenant's shifts or lets their hours come does so one after the other, by the one clock they go by. */
export const inTurn = <T>(
  unitOfWork: UnitOfWork,
  tenant: string,
  work: (tx: Tx, now: Date) => Promise<T>,
): Promise<T> =>
  unitOfWork.run(
    tenant,
    async (tx) => {
      const [row] = await tx.sql<{ now: Date }>('SELECT curfew_now() AS now');
      return work(tx, row!.now);
    },
    [exclusive('shifts', tenant)],
  );
