import { InjectLogger, type Logger } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { ServiceError, Services } from '../proxy/services.client.js';
import { frameOf, frameOfPage } from './frame.js';
import { Snapshot } from './snapshot.js';
import { changesPath, TenantFeed, type Changes, type Follower } from './tenant-feed.js';

/** Whoever comes within this time is shown the same sessions, and what changed since. */
const SHARED_MS = 5_000;
const RESET = frameOf('reset', {});
const READY = frameOf('ready', {});

export interface Viewer {
  readonly tenant: string;
  readonly key: string;
  /** As the browser says it after a break. */
  readonly lastEventId: string | undefined;
  readonly signal: AbortSignal;
  /** A `reset`, `sessions` or `ready`. Resolves when there is room for more. */
  send(frame: Buffer): Promise<void>;
  /** Asks the browser to come again. */
  end(): void;
}

/**
 * What a browser is told of sessions. First time: all of them, then what changes; after a break: what changed since the
 * last it has. A row carries its version, so one that comes twice or late does no harm.
 */
@Injectable()
export class LiveSessions implements BeforeApplicationShutdown {
  private readonly feeds = new Map<string, TenantFeed>();
  private readonly snapshots = new Map<string, Promise<Snapshot>>();

  constructor(
    private readonly services: Services,
    @InjectLogger() private readonly log: Logger,
  ) {}

  /** From where the viewer stood; with everything, where there is nothing to go on from. */
  async show(viewer: Viewer): Promise<void> {
    const { lastEventId } = viewer;
    if (lastEventId) {
      try {
        return await this.join(viewer, lastEventId);
      } catch (error) {
        if (!(error instanceof ServiceError && error.status === 400)) throw error;
      }
    }
    await this.join(viewer, await this.snapshot(viewer));
  }

  beforeApplicationShutdown(): void {
    for (const feed of [...this.feeds.values()]) feed.stop();
  }

  /** Its pages are shared by who may see them: that is asked with each one's own key. */
  private async snapshot(viewer: Viewer): Promise<string> {
    const { key, signal, tenant } = viewer;
    await this.services.read<Changes>({ key, path: changesPath(), signal });
    const snapshot = await this.snapshotOf(tenant, key);
    await viewer.send(RESET);
    for await (const frame of snapshot.frames(key)) {
      await viewer.send(frame);
      if (signal.aborted) break;
    }
    return snapshot.position;
  }

  private snapshotOf(tenant: string, key: string): Promise<Snapshot> {
    let snapshot = this.snapshots.get(tenant);
    if (!snapshot) {
      const forget = (): void => void this.snapshots.delete(tenant);
      snapshot = Snapshot.begin(this.services, key);
      this.snapshots.set(tenant, snapshot);
      snapshot.then(() => setTimeout(forget, SHARED_MS).unref(), forget);
    }
    return snapshot;
  }

  /**
   * Reads on alone until there is no more, and then goes with the others, who all the while have told what came after. Who
   * never stands still long enough to be told in between, because so much changes, gets there as well.
   */
  private async join(viewer: Viewer, from: string): Promise<void> {
    const { key, signal, tenant } = viewer;
    const told: Buffer[] = [];
    let isThere = false;
    const follower: Follower = {
      key,
      changed: (frame) => void (isThere ? viewer.send(frame) : told.push(frame)),
      refused: () => viewer.end(),
    };
    if (signal.aborted) return;
    const feed = this.follow(tenant, follower);
    const leave = (): void => feed.remove(follower);
    signal.addEventListener('abort', leave);
    try {
      await feed.begun;
      for (let cursor = from, more = true; more && !signal.aborted;) {
        const body = await this.services.bytes({ key, path: changesPath(cursor), method: 'GET', signal });
        const { frame, rest } = frameOfPage<Omit<Changes, 'items'>>(body, ({ nextCursor }) => nextCursor);
        await viewer.send(frame);
        ({ nextCursor: cursor, more } = rest);
      }
    } catch (error) {
      leave();
      throw error;
    }
    isThere = true;
    for (const frame of told) void viewer.send(frame);
    await viewer.send(READY);
  }

  private follow(tenant: string, follower: Follower): TenantFeed {
    const known = this.feeds.get(tenant);
    if (known) {
      known.add(follower);
      return known;
    }
    const feed: TenantFeed = new TenantFeed(this.services, this.log, follower, () => {
      if (this.feeds.get(tenant) === feed) this.feeds.delete(tenant);
    });
    this.feeds.set(tenant, feed);
    return feed;
  }
}
