import { UnitOfWork } from '@curfew/messaging';
import { Allow, Caller, decodeCursor, page, type Principal } from '@curfew/runtime';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { Directory } from '../directory/directory.js';
import { assignmentsOf, type Assigned } from './assignments.js';
import { SignInPolicyStore } from './sign-in-policy.store.js';

const PAGE = 100;

@ApiTags('sign-in')
@ApiBearerAuth()
@Controller('/v1/sign-in-policies/assignments')
export class AssignmentController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly policies: SignInPolicyStore,
    private readonly directory: Directory,
  ) {}

  /** Everybody the directory knows, with the sign-in policies they are under and how each comes: for a review. */
  @Get()
  @Allow('policies:read')
  @ApiQuery({ name: 'cursor', required: false })
  async list(
    @Caller() { tenant }: Principal,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: Assigned[]; nextCursor: string | null }> {
    const after = decodeCursor(cursor, 'text') ?? '';
    return this.unitOfWork.run(tenant, async (tx) => {
      const policies = await this.policies.list(tx, '', Number.MAX_SAFE_INTEGER);
      const people = await this.directory.people(tx, after, PAGE + 1);
      const assigned = assignmentsOf(
        policies.map(({ policy }) => policy),
        people,
      );
      return page(assigned, PAGE, ({ subject }) => subject);
    });
  }
}
