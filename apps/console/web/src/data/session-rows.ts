import { applicationOf, deviceOf, textOf } from './session-view';
import type { Session, Target } from './types';

/** Transactions are numbers too long for a JavaScript number. */
export const isLater = (a: string, b: string): boolean => a.length > b.length || (a.length === b.length && a > b);

const byId = (a: Session, b: Session): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/**
 * All sessions there are to show, the oldest first: ids are made in order of time. They are kept in order as they
 * change, since putting 50,000 in order each time some do would be felt while scrolling.
 */
export class SessionRows {
  private readonly versions = new Map<string, string>();
  private sorted: Session[] = [];
  private inOrder = true;
  /** What applications and devices are called, as the latest session of each says. */
  private readonly names = { application: new Map<string, string>(), device: new Map<string, string>() };

  /** A row that comes twice or late changes nothing. */
  take(items: readonly Session[]): void {
    for (const item of items) {
      const known = this.versions.get(item.id);
      if (known !== undefined && !isLater(item.version, known)) continue;
      this.versions.set(item.id, item.version);
      this.names.application.set(item.clientId, applicationOf(item));
      if (item.device !== null) this.names.device.set(item.device, deviceOf(item));
      textOf(item); // made now, one batch at a time, and not for all of them with the first key of a filter
      if (known === undefined) this.add(item);
      else this.ordered()[this.placeOf(item.id)] = item;
    }
  }

  /** What a person calls it, where a session says so. */
  nameOf({ kind, id }: Target): string {
    if (kind === 'application' || kind === 'device') return this.names[kind].get(id) ?? id;
    if (kind !== 'session') return id;
    const session = this.versions.has(id) ? this.ordered()[this.placeOf(id)] : undefined;
    return session ? `${session.subject} · ${applicationOf(session)}` : id.slice(0, 8);
  }

  ordered(): readonly Session[] & Session[] {
    if (!this.inOrder) this.sorted.sort(byId);
    this.inOrder = true;
    return this.sorted;
  }

  /** Of the ended ones the newest so many stay. Live ones are never dropped. */
  forgetEnded(most: number): void {
    const ended = this.sorted.filter(({ endedAt }) => endedAt !== null);
    if (ended.length <= most) return;
    ended.sort((a, b) => (a.endedAt! < b.endedAt! ? -1 : 1));
    const old = new Set(ended.slice(0, ended.length - most).map(({ id }) => id));
    for (const id of old) this.versions.delete(id);
    this.sorted = this.sorted.filter(({ id }) => !old.has(id));
  }

  clear(): void {
    this.versions.clear();
    this.sorted = [];
    this.inOrder = true;
  }

  private add(item: Session): void {
    const last = this.sorted.at(-1);
    if (last && last.id > item.id) this.inOrder = false;
    this.sorted.push(item);
  }

  private placeOf(id: string): number {
    let [from, to] = [0, this.sorted.length - 1];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.sorted[middle]!.id < id) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
