import { invalidField, Problem } from '@curfew/contracts';
import { together, UnitOfWork, type Tx } from '@curfew/messaging';
import {
  Allow,
  Caller,
  decodeCursor,
  Idempotency,
  isPlainText,
  page,
  type IdempotentRequest,
  type Principal,
} from '@curfew/runtime';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { Reinstate, type Reinstated } from '../revocation/reinstate.js';
import { RevocationStore } from '../revocation/revocation.store.js';
import { OwnSubject } from './own-subject.js';
import { OwnerStore } from './owner.store.js';
import { ProtectSubject } from './protect-subject.js';
import { PutSubject } from './put-subject.js';
import { OwnerDto, ProtectionDto, ReinstateDto, SubjectDto } from './subject.dto.js';
import type { Subject } from './subject.js';
import { SubjectStore, type Protection } from './subject.store.js';

const PAGE = 100;
const LONGEST_ID = 256;

interface SubjectView extends Omit<Subject, 'subjectId'> {
  readonly id: string;
  /** The revocations that forbid it to sign in. */
  readonly bars?: readonly { revocationId: string; source: string | null; raisedAt: Date }[];
  /** Of one that is on the never-kill list. */
  readonly protection?: Protection;
  /** Whom it ends with. */
  readonly owner?: string | null;
  /** Those that end with it, and those that end with them. */
  readonly owned?: readonly string[];
}

@ApiTags('subjects and devices')
@ApiBearerAuth()
@Controller('/v1/subjects')
export class SubjectController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SubjectStore,
    private readonly revocations: RevocationStore,
    private readonly putSubject: PutSubject,
    private readonly protectSubject: ProtectSubject,
    private readonly reinstateTarget: Reinstate,
    private readonly ownSubject: OwnSubject,
    private readonly owners: OwnerStore,
  ) {}

  /** Says what the directory knows of a subject; replaces what was said before. */
  @Put(':subjectId')
  @Allow('subjects:write')
  async put(
    @Caller() caller: Principal,
    @Param('subjectId') subjectId: string,
    @Body() body: SubjectDto,
  ): Promise<SubjectView> {
    const subject: Subject = {
      subjectId: textOf('id', subjectId),
      identifiers: recordOf('identifiers', body.identifiers),
      accounts: (body.accounts ?? []).map(({ iss, sub }) => ({ iss, sub })),
      groups: [...new Set(body.groups ?? [])],
      attributes: recordOf('attributes', body.attributes),
      listed: true,
    };
    return viewOf(await this.putSubject.execute(caller, subject));
  }

  /** The subjects, by id. */
  @Get()
  @Allow('subjects:read')
  @ApiQuery({ name: 'cursor', required: false })
  async list(
    @Caller() { tenant }: Principal,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: SubjectView[]; nextCursor: string | null }> {
    const after = decodeCursor(cursor, 'text') ?? '';
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.list(tx, after, PAGE + 1));
    return page(rows.map(viewOf), PAGE, ({ id }) => id);
  }

  /** A subject, and the bars that forbid it to sign in. */
  @Get(':subjectId')
  @Allow('subjects:read')
  async get(@Caller() { tenant }: Principal, @Param('subjectId') subjectId: string): Promise<SubjectView> {
    return this.unitOfWork.run(tenant, async (tx) => {
      const subject = await this.store.get(tx, subjectId);
      if (!subject) throw new Problem('subject_not_found');
      const [bars, protection, owner, owned] = await together([
        this.revocations.bars(tx, { kind: 'subject', id: subjectId }),
        this.store.protection(tx, subjectId),
        this.owners.ownerOf(tx, subjectId),
        this.owners.ownedBy(tx, subjectId),
      ]);
      return { ...viewOf(subject), bars, owner, owned, ...(protection ? { protection } : {}) };
    });
  }

  /** Puts it on the never-kill list: what a source says of it ends nothing, and a kill of it is refused. */
  @Put(':subjectId/protection')
  @HttpCode(204)
  @Allow('subjects:protect')
  async protect(
    @Caller() caller: Principal,
    @Param('subjectId') subjectId: string,
    @Body() { reason }: ProtectionDto,
  ): Promise<void> {
    await this.protectSubject.execute(caller, subjectId, true, reason ?? null);
  }

  /** Takes it off the never-kill list. */
  @Delete(':subjectId/protection')
  @HttpCode(204)
  @Allow('subjects:protect')
  async unprotect(@Caller() caller: Principal, @Param('subjectId') subjectId: string): Promise<void> {
    await this.protectSubject.execute(caller, subjectId, false, null);
  }

  /**
   * Says whom a service account, an API key or an agent hangs on: it ends with its owner, and with whom the owner hangs
   * on, and does not sign in while one of them may not.
   */
  @Put(':subjectId/owner')
  @HttpCode(204)
  @Allow('subjects:write')
  async own(
    @Caller() caller: Principal,
    @Param('subjectId') subjectId: string,
    @Body() { owner }: OwnerDto,
  ): Promise<void> {
    await this.ownSubject.execute(caller, subjectId, owner);
  }

  /** It is nobody's any more. */
  @Delete(':subjectId/owner')
  @HttpCode(204)
  @Allow('subjects:write')
  async disown(@Caller() caller: Principal, @Param('subjectId') subjectId: string): Promise<void> {
    await this.ownSubject.execute(caller, subjectId, null);
  }

  /** Gives back the right to sign in; sessions of before stay dead. */
  @Post(':subjectId/reinstate')
  @HttpCode(200)
  @Allow('subjects:reinstate')
  reinstate(
    @Caller() caller: Principal,
    @Param('subjectId') subjectId: string,
    @Body() body: ReinstateDto,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<Reinstated> {
    const order = {
      reason: body.reason ?? 'reinstated',
      ...(body.revocationId === undefined ? {} : { revocationId: body.revocationId }),
    };
    const assertThere = async (tx: Tx) => {
      if (!(await this.store.get(tx, subjectId))) throw new Problem('subject_not_found');
    };
    return this.reinstateTarget.execute(caller, { kind: 'subject', id: subjectId }, order, assertThere, request);
  }
}

const viewOf = ({ subjectId, ...subject }: Subject): SubjectView => ({ id: subjectId, ...subject });

function recordOf(field: string, record: Record<string, unknown> | undefined): Record<string, string> {
  const entries = Object.entries(record ?? {});
  if (entries.length > 50) throw invalidField(field, 'holds at most 50 members');
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (!/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(name) || name === 'id' || name === 'account')
        throw invalidField(`${field}.${name}`, 'is not a usable name');
      return [name, textOf(`${field}.${name}`, value)];
    }),
  );
}

function textOf(field: string, value: unknown): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > LONGEST_ID || !isPlainText(value))
    throw invalidField(field, `must be text of 1 to ${LONGEST_ID} characters`);
  return value;
}
