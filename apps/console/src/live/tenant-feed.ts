import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@curfew/runtime';
import { ServiceError, type Services } from '../proxy/services.client.js';
import { frameOf } from './frame.js';

export interface Session {
  readonly id: string;
  readonly version: string;
}

export interface Changes {
  readonly items: readonly Session[];
  readonly nextCursor: string;
  /** There are others already, beyond these. */
  readonly more: boolean;
}

export interface Follower {
  readonly key: string;
  /** The changes, and the position after them. */
  changed(frame: Buffer): void;
  refused(): void;
}

const WAIT_S = 25;
/** Changes of one moment travel together. */
const TOGETHER_MS = 50;
const RETRY_MS = 500;

export const changesPath = (cursor?: string): string =>
  `/v1/watch/sessions/changes${cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`}`;

/**
 * The changes of one tenant, asked for once however many look. It asks with the key of one of them; whose key is refused
 * follows no longer.
 */
export class TenantFeed {
  private readonly followers = new Set<Follower>();
  private readonly stopped = new AbortController();
  private position: string | undefined;
  private begin!: () => void;
  /** It stands somewhere, or is over: whoever was added before misses nothing that changes after this. */
  readonly begun = new Promise<void>((resolve) => (this.begin = resolve));

  constructor(
    private readonly services: Services,
    private readonly log: Logger,
    first: Follower,
    private readonly empty: () => void,
  ) {
    this.add(first);
    void this.follow();
  }

  add(follower: Follower): void {
    this.followers.add(follower);
  }

  remove(follower: Follower): void {
    this.followers.delete(follower);
    if (this.followers.size === 0) this.stop();
  }

  stop(): void {
    this.stopped.abort();
    this.begin();
    this.empty();
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopped;
    for (let [follower] = this.followers; follower && !signal.aborted; [follower] = this.followers) {
      try {
        const waiting: Record<string, string> = this.position === undefined ? {} : { prefer: `wait=${WAIT_S}` };
        const changes = await this.services.read<Changes>({
          key: follower.key,
          path: changesPath(this.position),
          headers: waiting,
          signal,
        });
        this.position = changes.nextCursor;
        this.begin();
        const frame = frameOf('sessions', changes.items, changes.nextCursor);
        for (const one of this.followers) one.changed(frame);
        if (changes.items.length > 0) await sleep(TOGETHER_MS, undefined, { signal });
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ServiceError && (error.status === 401 || error.status === 403)) {
          this.remove(follower);
          follower.refused();
          continue;
        }
        this.log.warn({ err: error }, 'the changes of sessions can not be read; trying again');
        // A cursor the registry never gave out: it stands on another database now. Whoever looks begins anew.
        if (error instanceof ServiceError && error.status === 400) for (const one of [...this.followers]) one.refused();
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
