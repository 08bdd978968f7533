import type { Services } from '../proxy/services.client.js';
import { frameOfPage } from './frame.js';
import { changesPath, type Changes } from './tenant-feed.js';

/** Of the ended ones so many pages, the newest: a console looks at what is, the audit trail at what was. */
const ENDED = 2;

/** The next page to read: of those that live or of the ended, how many of them came before it, and from where. */
interface Step {
  readonly status: 'live' | 'ended';
  readonly before: number;
  readonly cursor: string | null;
}

interface Page {
  readonly frame: Buffer;
  readonly next: Step | undefined;
}

/**
 * All sessions of a tenant, read once for all who come in the same moment: after a deploy everybody does. The position is
 * read before the pages, so what changes meanwhile is told again, and nothing is missed.
 */
export class Snapshot {
  private readonly pages = new Map<number, Promise<Page>>();

  private constructor(
    private readonly services: Services,
    /** Whoever has read all pages has missed nothing since. */
    readonly position: string,
  ) {}

  static async begin(services: Services, key: string): Promise<Snapshot> {
    const { nextCursor } = await services.read<Changes>({ key, path: changesPath() });
    return new Snapshot(services, nextCursor);
  }

  /** A page that nobody has read yet is asked for with this key. */
  async *frames(key: string): AsyncGenerator<Buffer> {
    let step: Step | undefined = { status: 'live', before: 0, cursor: null };
    for (let at = 0; step; at++) {
      const page: Page = await this.page(at, step, key);
      yield page.frame;
      step = page.next;
    }
  }

  /** One that could not be read is asked for anew by whoever comes next. */
  private page(at: number, step: Step, key: string): Promise<Page> {
    const known = this.pages.get(at);
    if (known) return known;
    const page = this.read(step, key);
    this.pages.set(at, page);
    page.catch(() => this.pages.delete(at));
    return page;
  }

  private async read(step: Step, key: string): Promise<Page> {
    const { status, cursor } = step;
    const path = `/v1/watch/sessions?status=${status}${cursor ? `&cursor=${cursor}` : ''}`;
    const { frame, rest } = frameOfPage(await this.services.bytes({ key, path, method: 'GET' }));
    return { frame, next: after(step, rest.nextCursor) };
  }
}

function after({ status, before }: Step, cursor: string | null): Step | undefined {
  if (cursor !== null && (status === 'live' || before + 1 < ENDED)) return { status, before: before + 1, cursor };
  return status === 'live' ? { status: 'ended', before: 0, cursor: null } : undefined;
}
