import { UnitOfWork } from '@curfew/messaging';
import { InjectLogger, type Logger } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import type { IndexedSession, SessionKey } from '../index/session-index.js';
import { SessionIndex } from '../index/session-index.js';
import { IndexKeeper } from '../index/index-keeper.js';
import { CheckStore } from './check.store.js';
import { FLUSH_MS } from './flush-activity.js';

export type CheckedSession =
  | { readonly active: true; readonly session: IndexedSession }
  /** Ended, expired, or not there at all: `clientId` only when it was. */
  | {
      readonly active: false;
      readonly clientId: string | undefined;
      /** It is there, and goes on once its person has authenticated again. */
      readonly reauthenticate: boolean;
    };

/**
 * Whether a session goes on: one question to the index, or to PostgreSQL where the index is not to be believed or has
 * never heard of it. Only a check with `touch` counts as activity; introspection never does.
 */
@Injectable()
export class CheckSession {
  constructor(
    private readonly index: SessionIndex,
    private readonly keeper: IndexKeeper,
    private readonly store: CheckStore,
    private readonly unitOfWork: UnitOfWork,
    @InjectLogger() private readonly log: Logger,
  ) {}

  async execute(key: SessionKey, touch: boolean): Promise<CheckedSession> {
    const answer = await this.ask(key, touch);
    switch (answer.kind) {
      case 'active':
        return { active: true, session: answer.session };
      case 'inactive':
        return { active: false, clientId: answer.clientId, reauthenticate: answer.reauthenticate };
      default:
        return this.askPostgres(key, touch, answer.kind);
    }
  }

  private async ask(key: SessionKey, touch: boolean) {
    try {
      return await this.index.check(key, this.keeper.now(), touch);
    } catch (error) {
      this.log.debug({ err: error }, 'the index did not answer a check');
      return { kind: 'untrusted' as const };
    }
  }

  private async askPostgres(
    key: SessionKey,
    touch: boolean,
    why: 'untrusted' | 'unknown' | 'stale',
  ): Promise<CheckedSession> {
    const indexTrusted = why !== 'untrusted';
    // What the index knew of activity may not have reached PostgreSQL yet: one flush interval of grace on idleness.
    const grace = why === 'unknown' && !this.keeper.lostWithin(FLUSH_MS) ? 0 : FLUSH_MS;
    const found = await this.unitOfWork.run(key.tenant, async (tx) => {
      const checked = await this.store.check(tx, key, grace);
      if (checked?.active && touch && !indexTrusted) await this.store.touch(tx, checked.session.sessionId);
      return checked;
    });
    if (!found) return { active: false, clientId: undefined, reauthenticate: false };
    if (!found.active || !indexTrusted) return found;
    await this.index.put([found.session]).catch(() => undefined);
    if (!touch && why === 'unknown') return found;
    // The index knows of activity that PostgreSQL does not, or takes this one.
    const answer = await this.ask(key, touch);
    if (answer.kind === 'active') return { active: true, session: answer.session };
    return answer.kind === 'inactive'
      ? { active: false, clientId: answer.clientId, reauthenticate: answer.reauthenticate }
      : found;
  }
}
