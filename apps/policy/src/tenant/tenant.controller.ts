import { Problem } from '@curfew/contracts';
import { startedBy, UnitOfWork, type Cause } from '@curfew/messaging';
import {
  Allow,
  Caller,
  decodeCursor,
  Idempotency,
  once,
  page,
  type IdempotentRequest,
  type Principal,
} from '@curfew/runtime';
import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { FirstSignInPolicy } from '../sign-in/first-sign-in-policy.js';
import { createTenant } from './create-tenant.js';
import { IssueApiKey, type NewApiKey } from './issue-api-key.js';
import { NewTenantDto } from './tenant.dto.js';
import { TenantStore, type Tenant } from './tenant.store.js';

const PAGE = 100;

const FIRST_OWNER: NewApiKey = {
  name: 'first owner',
  roles: ['owner'],
  scopes: null,
  clientId: null,
  source: null,
  expiresAt: null,
  person: null,
};

@ApiTags('tenants and keys')
@ApiBearerAuth()
@Controller('/v1/tenants')
export class TenantController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: TenantStore,
    private readonly firstSignInPolicy: FirstSignInPolicy,
    private readonly issueApiKey: IssueApiKey,
  ) {}

  /** Creates a tenant with its first owner's key, which is shown this once. For operators. */
  @Post()
  @Allow('tenants:write')
  async create(
    @Caller() caller: Principal,
    @Body() { id, name }: NewTenantDto,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<Tenant & { ownerKey: { keyId: string; key: string } }> {
    const cause: Cause = startedBy(caller.actor);
    // The work is done inside the new tenant; that the caller's key was used for another one is known only in its own.
    await this.unitOfWork.run(caller.tenant, (tx) => once(tx, request, async () => ({ id })));
    const { tenant, owner } = await this.unitOfWork.run(id, (tx) =>
      once(tx, request, async () => {
        const created = await createTenant(
          { tenants: this.store, firstSignInPolicy: this.firstSignInPolicy },
          tx,
          name,
          cause,
        );
        if (!created) throw new Problem('tenant_exists', id);
        return { tenant: created, owner: await this.issueApiKey.mint(tx, FIRST_OWNER, cause) };
      }),
    );
    return { ...tenant, ownerKey: { keyId: owner.apiKey.keyId, key: this.issueApiKey.reveal(id, owner) } };
  }

  /** The tenants. For operators. */
  @Get()
  @Allow('tenants:read')
  @ApiQuery({ name: 'cursor', required: false })
  async list(@Query('cursor') cursor?: string): Promise<{ items: Tenant[]; nextCursor: string | null }> {
    const after = decodeCursor(cursor, 'text') ?? '';
    return page(await this.store.list(after, PAGE + 1), PAGE, ({ tenantId }) => tenantId);
  }
}
