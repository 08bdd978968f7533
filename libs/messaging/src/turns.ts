/** One at a time of each name, in the order they asked; within this process. */
export class Turns {
  private readonly last = new Map<string, Promise<void>>();

  /** Resolves when it is the caller's turn, with what ends it. */
  async take(name: string): Promise<() => void> {
    const before = this.last.get(name);
    let end = (): void => {};
    const mine = new Promise<void>((resolve) => (end = resolve));
    const tail = (before ?? Promise.resolve()).then(() => mine);
    this.last.set(name, tail);
    await before;
    return () => {
      end();
      if (this.last.get(name) === tail) this.last.delete(name);
    };
  }
}
