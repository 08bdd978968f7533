import { invalidField } from '@curfew/contracts';
import { startedBy, UnitOfWork } from '@curfew/messaging';
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
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { NewApiKeyDto } from './api-key.dto.js';
import { assertGrantable, type ApiKey } from './api-key.js';
import { ApiKeyStore } from './api-key.store.js';
import { IssueApiKey, revokingKeys, type NewApiKey } from './issue-api-key.js';

const PAGE = 100;

@ApiTags('tenants and keys')
@ApiBearerAuth()
@Controller('/v1/api-keys')
export class ApiKeyController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly issueApiKey: IssueApiKey,
    private readonly store: ApiKeyStore,
  ) {}

  /** Makes a key. The answer holds the key itself; it is shown this once. */
  @Post()
  @Allow('api-keys:write')
  async create(
    @Caller() caller: Principal,
    @Body() body: NewApiKeyDto,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<ApiKey & { key: string }> {
    const key = newKeyOf(body);
    assertGrantable(key, caller);
    const { tenant, actor } = caller;
    const minted = await this.unitOfWork.run(tenant, (tx) =>
      once(tx, request, () => this.issueApiKey.mint(tx, key, startedBy(actor))),
    );
    return { ...minted.apiKey, key: this.issueApiKey.reveal(tenant, minted) };
  }

  /** The tenant's API keys, also those that are revoked; never the keys themselves. */
  @Get()
  @Allow('api-keys:read')
  @ApiQuery({ name: 'cursor', required: false })
  async list(
    @Caller() { tenant }: Principal,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: ApiKey[]; nextCursor: string | null }> {
    const after = decodeCursor(cursor, 'text') ?? '';
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.list(tx, after, PAGE + 1));
    return page(
      rows.map(({ hash: _hash, ...key }) => key),
      PAGE,
      ({ keyId }) => keyId,
    );
  }

  /** Revokes it: it is refused everywhere about a second later. The last owner's stays, and so does the last that never expires. */
  @Delete(':keyId')
  @HttpCode(204)
  @Allow('api-keys:write')
  async revoke(@Caller() { tenant, actor }: Principal, @Param('keyId') keyId: string): Promise<void> {
    await this.unitOfWork.run(tenant, (tx) => this.issueApiKey.revoke(tx, keyId, startedBy(actor)), [
      revokingKeys(tenant),
    ]);
  }
}

function newKeyOf({ name, roles, scopes, clientId, source, expiresAt }: NewApiKeyDto): NewApiKey {
  if (roles.length === 0) throw invalidField('roles', 'must name at least one role');
  if (roles.includes('application') !== (clientId !== undefined))
    throw invalidField('clientId', 'belongs to the role application, and only to it');
  if (roles.includes('source') !== (source !== undefined))
    throw invalidField('source', 'belongs to the role source, and only to it');
  if (expiresAt !== undefined && Date.parse(expiresAt) <= Date.now())
    throw invalidField('expiresAt', 'lies in the past');
  return {
    name,
    roles,
    scopes: scopes ?? null,
    clientId: clientId ?? null,
    source: source ?? null,
    expiresAt: expiresAt ?? null,
    person: null,
  };
}
