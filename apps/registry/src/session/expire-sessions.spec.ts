import type { UnitOfWork } from '@curfew/messaging';
import type { Logger, Sweeper } from '@curfew/runtime';
import type { IndexKeeper } from '../index/index-keeper.js';
import type { SessionIndex } from '../index/session-index.js';
import type { CheckStore } from './check.store.js';
import { ExpireSessions } from './expire-sessions.js';
import type { DueSession, ExpiryStore } from './expiry.store.js';

const OVERDUE_MS: Readonly<Record<string, number>> = { 'a moment': 100, 'for long': 60_000 };

/** What one sweep ends, of a session overdue for a moment by what PostgreSQL knows and one that is for long. */
function endedBy(expire: SessionIndex['expire']): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const store = {
      due: (_: Sweeper, graceMs: number): Promise<DueSession[]> =>
        Promise.resolve(
          Object.keys(OVERDUE_MS)
            .filter((sessionId) => OVERDUE_MS[sessionId]! >= graceMs)
            .map((sessionId) => ({ tenant: 'acme', sessionId })),
        ),
      end: (_: unknown, sessionIds: readonly string[]) => {
        resolve(sessionIds);
        void sweep.beforeApplicationShutdown();
        return Promise.resolve({ ended: [], deadlines: new Map(), epoch: 0n });
      },
    };
    const sweep = new ExpireSessions(
      store as unknown as ExpiryStore,
      { flush: () => Promise.resolve() } as unknown as CheckStore,
      { expire } as unknown as SessionIndex,
      { now: () => Date.now(), lostWithin: () => false } as unknown as IndexKeeper,
      { run: (_: string, work: (tx: never) => Promise<unknown>) => work(undefined as never) } as unknown as UnitOfWork,
      {} as Sweeper,
      { error: () => undefined, warn: () => undefined } as unknown as Logger,
    );
    sweep.onApplicationBootstrap();
  });
}

describe('the sweep of sessions whose time is over', () => {
  it('ends all of them when the index has told what it knows of their activity', async () => {
    expect(await endedBy(() => Promise.resolve(new Map<string, number>()))).toEqual(['a moment', 'for long']);
  });

  it('leaves those alone that may have been active since the last flush, when the index does not answer', async () => {
    expect(await endedBy(() => Promise.reject(new Error('Command timed out')))).toEqual(['for long']);
  });
});
