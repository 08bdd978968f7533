/** So many share a transaction; a person's statements are a dozen, and who asks for one alone must not wait for more. */
const MOST_TOGETHER = 32;

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
  private busy = 0;

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
      this.fill();
    });
  }

  private fill(): void {
    while (this.busy < this.slots && this.ready.length > 0) {
      const group = this.next();
      this.busy++;
      void this.workOn(group).finally(() => {
        this.busy--;
        this.fill();
      });
    }
  }

  /** The first that waits, and those after it that may share with it; each of another key, since a key has one ready. */
  private next(): Ready<T>[] {
    const group = [this.ready.shift()!];
    const { company } = group[0]!;
    if (company === undefined) return group;
    for (let at = 0; at < this.ready.length && group.length < MOST_TOGETHER;) {
      if (this.ready[at]!.company === company) group.push(...this.ready.splice(at, 1));
      else at++;
    }
    return group;
  }

  private async workOn(group: readonly Ready<T>[]): Promise<void> {
    const [first, ...others] = group;
    if (others.length === 0) {
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
