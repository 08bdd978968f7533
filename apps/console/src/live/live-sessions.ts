import { InjectLogger, type Logger } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { ServiceError, Services } from '../proxy/services.client.js';
import { changesPath, TenantFeed, type Changes, type Follower, type Session } from './tenant-feed.js';

/** Of the ended ones so many, the newest: a console looks at what is, the audit trail at what was. */
const ENDED = 2;

export interface Viewer {
  readonly tenant: string;
  readonly key: string;
  /** As the browser says it after a break. */
  readonly lastEventId: string | undefined;
  readonly signal: AbortSignal;
  send(event: 'reset' | 'sessions' | 'ready', data: unknown, id?: string): Promise<void>;
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

  /** The position is read before the pages: what changes meanwhile is told again, and nothing is missed. */
  private async snapshot(viewer: Viewer): Promise<string> {
    const { key, signal } = viewer;
    const { nextCursor: position } = await this.services.read<Changes>({ key, path: changesPath(), signal });
    await viewer.send('reset', {});
    for (const [status, most] of [
      ['live', Infinity],
      ['ended', ENDED],
    ] as const) {
      for (let cursor: string | null = '', page = 0; cursor !== null && page < most; page++) {
        const path: string = `/v1/watch/sessions?status=${status}${cursor ? `&cursor=${cursor}` : ''}`;
        const { items, nextCursor }: { items: Session[]; nextCursor: string | null } = await this.services.read({
          key,
          path,
          signal,
        });
        await viewer.send('sessions', items);
        cursor = nextCursor;
      }
    }
    return position;
  }

  /** Reads on alone until it stands where the others stand, and then goes with them. */
  private async join(viewer: Viewer, from: string): Promise<void> {
    const { key, signal, tenant } = viewer;
    const follower: Follower = {
      key,
      changed: ({ items, nextCursor }) => void viewer.send('sessions', items, nextCursor),
      refused: () => viewer.end(),
    };
    for (let cursor = from, first = true; !signal.aborted; first = false) {
      const feed = this.feedOf(tenant);
      const { position } = feed;
      const { items, nextCursor } = await this.services.read<Changes>({ key, path: changesPath(cursor), signal });
      if (items.length > 0 || first) await viewer.send('sessions', items, nextCursor);
      cursor = nextCursor;
      if (signal.aborted) return;
      // What was read just now is at least what the feed had been told before, and the feed has not moved since.
      if (items.length === 0 && feed.position === position && this.feeds.get(tenant) === feed) {
        feed.add(follower);
        signal.addEventListener('abort', () => feed.remove(follower));
        await viewer.send('ready', {});
        return;
      }
    }
  }

  private feedOf(tenant: string): TenantFeed {
    let feed = this.feeds.get(tenant);
    if (!feed) {
      const created: TenantFeed = new TenantFeed(this.services, this.log, () => {
        if (this.feeds.get(tenant) === created) this.feeds.delete(tenant);
      });
      this.feeds.set(tenant, (feed = created));
    }
    return feed;
  }
}
