import { Problem } from '@curfew/contracts';
import { UnitOfWork, type Cause } from '@curfew/messaging';
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
import { v7 as uuidv7 } from 'uuid';
import { mintToken } from './api-key.js';
import { createTenant } from './create-tenant.js';
import { IssueApiKey } from './issue-api-key.js';
import { NewTenantDto } from './tenant.dto.js';
import { TenantStore, type Tenant } from './tenant.store.js';

const PAGE = 100;

@ApiTags('tenants and keys')
@ApiBearerAuth()
@Controller('/v1/tenants')
export class TenantController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: TenantStore,
    private readonly issueApiKey: IssueApiKey,
  ) {}

  /** Creates a tenant with its first owner's key, which is shown this once. For operators. */
  @Post()
  @Allow('tenants:write')
  async create(
    @Caller() { actor }: Principal,
    @Body() { id, name }: NewTenantDto,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<Tenant & { ownerKey: { keyId: string; key: string } }> {
    const cause: Cause = { actor, correlationId: uuidv7() };
    return this.unitOfWork.run(id, (tx) =>
      once(tx, request, async () => {
        const tenant = await createTenant(this.store, tx, name, cause);
        if (!tenant) throw new Problem('tenant_exists', id);
        const token = mintToken();
        const owner = {
          name: 'first owner',
          roles: ['owner' as const],
          scopes: null,
          clientId: null,
          source: null,
          expiresAt: null,
        };
        const key = await this.issueApiKey.execute(tx, owner, token, cause);
        return { ...tenant, ownerKey: { keyId: key!.keyId, key: token } };
      }),
    );
  }

  /** The tenants. For operators. */
  @Get()
  @Allow('tenants:read')
  @ApiQuery({ name: 'cursor', required: false })
  async list(@Query('cursor') cursor?: string): Promise<{ items: Tenant[]; nextCursor: string | null }> {
    const [after] = decodeCursor(cursor, 1) ?? [''];
    return page(await this.store.list(String(after), PAGE + 1), PAGE, ({ tenantId }) => [tenantId]);
  }
}
