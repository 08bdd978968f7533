import { SideBySide } from './side-by-side.js';
import { together, type Tx } from './tx.js';
import type { UnitOfWork } from './unit-of-work.js';

/** While one transaction commits, the next is filled; a second keeps the database busy meanwhile. */
const TRANSACTIONS = 2;

interface Call {
  readonly tenant: string;
  readonly key: unknown;
  readonly work: (tx: Tx) => Promise<void>;
}

/**
 * Requests of a tenant that come at once share a transaction: what each costs on its way to the disk is paid once. A
 * request that comes alone has one of its own at once; so has each of those among which one fails.
 */
export class GroupCommit {
  private readonly calls = new SideBySide<Call>(
    TRANSACTIONS,
    ({ key }) => key,
    ({ tenant }) => tenant,
    ({ tenant, work }) => this.unitOfWork.run(tenant, work),
    async (calls) => {
      await this.unitOfWork.runTogether(calls[0]!.tenant, (tx) => together(calls.map(({ work }) => work(tx))));
    },
  );

  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** As `UnitOfWork.run`. Of those with one `key` each has its own transaction, in the order they came. */
  async run<T>(tenant: string, work: (tx: Tx) => Promise<T>, key?: string): Promise<T> {
    let result: T;
    await this.calls.add({
      tenant,
      key: key === undefined ? Symbol('no other has it') : `${tenant} ${key}`,
      work: async (tx) => void (result = await work(tx)),
    });
    return result!;
  }
}
