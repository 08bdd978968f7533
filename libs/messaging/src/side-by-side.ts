/** So many share a transaction; a person's statements are a dozen, and who asks for one alone must not wait for more. */
const MOST_TOGETHER = 32;
/** While one is on its way to the disk the next is worked on; with more of them each would carry less. */
const SHARED_AT_ONCE = 2;

interface Ready<T> {
  readonly item: T;
  readonly done: (outcome?: Promise<void>) => void;
  /** Undefined: it is worked on alone. */
  company: string | undefined;
}

/**
 * Work over keys: of one key one after the other, of others side by side. Those that wait for a slot go into it together
 * where their kind allows it; if that fails they are worked on again, each alone.
 */
export class SideBySide<T> {
  private readonly tails = new Map<unknown, Promise<void>>();
  private readonly ready: Ready<T>[] = [];
  private readonly shared = new Map<string, number>();
  private busy = 0;
  private filling = false;

  constructor(
    private readonly slots: number,
    private readonly keyOf: (item: T) => unknown,
    /** Of two that answer the same both may be worked on together; undefined: with no other. */
    private readonly companyOf: (item: T) => string | undefined,
    private readonly work: (item: T) => Promise<void>,
    /** Rejects when nothing of it was done. */
    private readonly workTogether: (items: readonly T[]) => Promise<void>,
  ) {}

  /** Resolves when it is done. */
  add(item: T): Promise<void> {
    const key = this.keyOf(item);
    const before = this.tails.get(key) ?? Promise.resolve();
    const run = before.catch(() => undefined).then(() => this.inSlot(item));
    this.tails.set(key, run);
    const forget = () => {
      if (this.tails.get(key) === run) this.tails.delete(key);
    };
    run.then(forget, forget);
    return run;
  }

  async finish(): Promise<void> {
    await Promise.allSettled([...this.tails.values()]);
  }

  private inSlot(item: T): Promise<void> {
    return new Promise((done) => {
      this.ready.push({ item, done, company: this.companyOf(item) });
      this.fillSoon();
    });
  }

  /** Once all that arrive together are there. */
  private fillSoon(): void {
    if (this.filling) return;
    this.filling = true;
    process.nextTick(() => {
      this.filling = false;
      this.fill();
    });
  }

  private fill(): void {
    while (this.busy < this.slots) {
      const group = this.next();
      if (group.length === 0) return;
      const { company } = group[0]!;
      this.count(company, 1);
      void this.workOn(group).finally(() => {
        this.count(company, -1);
        this.fillSoon();
      });
    }
  }

  private count(company: string | undefined, by: 1 | -1): void {
    this.busy += by;
    if (company === undefined) return;
    const shared = (this.shared.get(company) ?? 0) + by;
    if (shared > 0) this.shared.set(company, shared);
    else this.shared.delete(company);
  }

  /** The first that need not wait, and those after it that may share with it; each of another key, since a key has one ready. */
  private next(): Ready<T>[] {
    const first = this.ready.findIndex(({ company }) => !this.isFull(company));
    if (first < 0) return [];
    const group = this.ready.splice(first, 1);
    const { company } = group[0]!;
    if (company === undefined) return group;
    for (let at = first; at < this.ready.length && group.length < MOST_TOGETHER;) {
      if (this.ready[at]!.company === company) group.push(...this.ready.splice(at, 1));
      else at++;
    }
    return group;
  }

  private isFull(company: string | undefined): boolean {
    return company !== undefined && (this.shared.get(company) ?? 0) >= SHARED_AT_ONCE;
  }

  private async workOn(group: readonly Ready<T>[]): Promise<void> {
    const [first] = group;
    if (first!.company === undefined) {
      const outcome = this.work(first!.item);
      first!.done(outcome);
      await outcome.catch(() => undefined);
      return;
    }
    try {
      await this.workTogether(group.map(({ item }) => item));
    } catch {
      // One of them is to blame, or had to wait for somebody else: the others get through at once.
      for (const one of group) one.company = undefined;
      this.ready.unshift(...group);
      return;
    }
    for (const { done } of group) done();
  }
}
