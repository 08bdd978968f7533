import { Problem } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import {
  Allow,
  Caller,
  choiceOf,
  decodeCursor,
  encodeCursor,
  page,
  PreferWait,
  until,
  type Principal,
} from '@curfew/runtime';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { WatchStore, type ChangePosition, type WatchedSession } from './watch.store.js';

const PAGE = 1_000;
const SEPARATOR = '/';

/**
 * All sessions of the tenant, as a console follows them: the position first (`/changes` without a cursor), then the
 * pages, then `/changes` from that position. So nothing that happens meanwhile is missed.
 */
@ApiTags('sessions')
@ApiBearerAuth()
@Controller('/v1/watch/sessions')
export class WatchController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: WatchStore,
  ) {}

  /** Sessions with their person, device and application in words, newest first, 1,000 a page. */
  @Get()
  @Allow('subjects:read')
  @ApiQuery({ name: 'status', required: false, enum: ['live', 'ended'], description: 'Default live' })
  @ApiQuery({ name: 'cursor', required: false })
  async watch(
    @Caller() caller: Principal,
    @Query('status') status?: string,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: WatchedSession[]; nextCursor: string | null }> {
    assertSeesSessions(caller);
    const standing = choiceOf('status', status, ['live', 'ended']) ?? 'live';
    const before = decodeCursor(cursor, 'uuid');
    const rows = await this.unitOfWork.run(caller.tenant, (tx) => this.store.page(tx, standing, before, PAGE + 1));
    return page(rows, PAGE, ({ id }) => id);
  }

  /**
   * Sessions that changed since a position, each as it is now, and the position after them. Without a cursor: where the
   * changes stand. With `Prefer: wait=N` it answers as soon as there is one. `more`: there are others already, beyond those
   * of this answer. A cursor of another time is refused: begin anew.
   */
  @Get('changes')
  @Allow('subjects:read')
  @ApiQuery({ name: 'cursor', required: false })
  async changes(
    @Caller() caller: Principal,
    @PreferWait() waitMs: number,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: WatchedSession[]; nextCursor: string; more: boolean }> {
    assertSeesSessions(caller);
    const since = positionOf(cursor);
    if (!since) {
      const position = await this.unitOfWork.run(caller.tenant, (tx) => this.store.now(tx));
      return { items: [], nextCursor: cursorOf(position), more: false };
    }
    const read = async () => {
      const changes = await this.unitOfWork.run(caller.tenant, (tx) => this.store.since(tx, since, PAGE));
      if (!changes) throw new Problem('invalid_cursor');
      return { items: changes.items, nextCursor: cursorOf(changes.position), more: changes.more };
    };
    const changed = await until(async () => {
      const changes = await read();
      return changes.items.length > 0 ? changes : undefined;
    }, waitMs);
    return changed ?? read();
  }
}

/** `@Allow` names one right; this takes both, and an application's key has not the one that is named. */
function assertSeesSessions({ permissions }: Principal): void {
  if (!permissions.has('sessions:read')) throw new Problem('forbidden', 'It takes sessions:read');
}

const cursorOf = ({ transaction, sessionId }: ChangePosition): string =>
  encodeCursor(`${transaction}${SEPARATOR}${sessionId}`);

/** Throws `invalid_cursor`. */
function positionOf(cursor: string | undefined): ChangePosition | undefined {
  const text = decodeCursor(cursor, 'text');
  if (text === undefined) return undefined;
  const match = /^(\d{1,19})\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(text);
  if (!match) throw new Problem('invalid_cursor');
  return { transaction: match[1]!, sessionId: match[2]! };
}
