import { createHash } from 'node:crypto';
import type { CurfewEvent } from '@curfew/contracts';

/** One link of the trail. */
export interface Entry {
  readonly seq: number;
  readonly eventId: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly occurredAt: string;
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  /** JSON text, to the letter. */
  readonly data: string;
  readonly hash: string;
}

/** What comes before the first entry. */
export const GENESIS = '0'.repeat(64);

/** SHA-256 over the hash before and everything the entry says, in a form that has one reading. */
export function entryHash(tenant: string, previous: string, entry: Omit<Entry, 'hash'>): string {
  const said = [
    previous,
    tenant,
    entry.seq,
    entry.eventId,
    entry.type,
    entry.source,
    entry.subject,
    entry.occurredAt,
    entry.actor,
    entry.correlationId,
    entry.causationId,
    entry.data,
  ];
  return createHash('sha256').update(JSON.stringify(said)).digest('hex');
}

/** The entries that follow `head`, one for each event, in their order. */
export function chain(tenant: string, head: { seq: number; hash: string }, events: readonly CurfewEvent[]): Entry[] {
  let { seq, hash } = head;
  return events.map((event) => {
    const entry = {
      seq: ++seq,
      eventId: event.id,
      type: event.type,
      source: event.source,
      subject: event.subject,
      occurredAt: event.time,
      actor: event.actor,
      correlationId: event.correlationid,
      causationId: event.causationid ?? null,
      data: JSON.stringify(event.data),
    };
    hash = entryHash(tenant, hash, entry);
    return { ...entry, hash };
  });
}

export type Fault =
  | { readonly kind: 'entry_changed' | 'entry_missing'; readonly seq: number }
  | { readonly kind: 'tail_cut' | 'head_differs'; readonly seq: number; readonly by: 'signed head' | 'witness' };

/** Follows the entries one after the other; they must come in order, from the first. */
export class ChainWalk {
  private seq = 0;
  private hash = GENESIS;
  readonly faults: Fault[] = [];
  private readonly hashes = new Map<number, string>();

  /** `remembered`: the sequence numbers whose hashes heads will be compared with. */
  constructor(
    private readonly tenant: string,
    private readonly remembered: ReadonlySet<number>,
  ) {}

  follow(entry: Entry): void {
    if (entry.seq !== this.seq + 1) this.faults.push({ kind: 'entry_missing', seq: this.seq + 1 });
    else if (entryHash(this.tenant, this.hash, entry) !== entry.hash)
      this.faults.push({ kind: 'entry_changed', seq: entry.seq });
    this.seq = entry.seq;
    this.hash = entry.hash;
    if (this.remembered.has(entry.seq)) this.hashes.set(entry.seq, entry.hash);
  }

  get head(): { seq: number; hash: string } {
    return { seq: this.seq, hash: this.hash };
  }

  /** A head somebody kept: the chain must reach it and agree with it. */
  compare(heads: readonly { seq: number; hash: string }[], by: 'signed head' | 'witness'): void {
    for (const { seq, hash } of heads) {
      if (seq > this.seq) this.faults.push({ kind: 'tail_cut', seq, by });
      else if (this.hashes.get(seq) !== hash) this.faults.push({ kind: 'head_differs', seq, by });
    }
  }
}
