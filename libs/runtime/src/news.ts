/**
 * Who waits in this process for what an event brings hears when it has come. Only a hint: it may have come to another
 * instance, so whoever waits asks the database, now and then also without news.
 */
export class News {
  private readonly told = new Map<string, Set<() => void>>();

  /** After the commit. */
  tell(of: string): void {
    for (const hear of this.told.get(of) ?? []) hear();
  }

  /** Calls `hear` at every news until what is answered is called. */
  listen(of: string, hear: () => void): () => void {
    const listeners = this.told.get(of) ?? new Set();
    this.told.set(of, listeners.add(hear));
    return () => {
      listeners.delete(hear);
      if (listeners.size === 0 && this.told.get(of) === listeners) this.told.delete(of);
    };
  }
}
