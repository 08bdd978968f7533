import { Problem } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import {
  Allow,
  Caller,
  decodeCursor,
  Idempotency,
  isYes,
  page,
  type IdempotentRequest,
  type Principal,
} from '@curfew/runtime';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { ApplicationPatchDto, NewApplicationDto, type ApplicationFieldsDto } from './application.dto.js';
import type { Application } from './application.js';
import { ApplicationStore, type Health } from './application.store.js';
import { TryEndpoint, type EndpointAnswer } from '../delivery/try-endpoint.js';
import { RegisterApplication } from './register-application.js';

const PAGE = 100;

type ApplicationView = Omit<Application, 'tenant' | 'tls' | 'removed'> & {
  readonly tls: { ca: boolean; mutual: boolean } | null;
};

@ApiTags('applications')
@ApiBearerAuth()
@Controller('/v1/applications')
export class ApplicationController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: ApplicationStore,
    private readonly applications: RegisterApplication,
    private readonly tryEndpoint: TryEndpoint,
  ) {}

  /** Registers an application. Where logout tokens go must be public https, unless the operator allowed more. */
  @Post()
  @Allow('applications:write')
  async create(
    @Caller() caller: Principal,
    @Body() body: NewApplicationDto,
    @Idempotency() request?: IdempotentRequest,
  ): Promise<ApplicationView> {
    const application = withFields(
      {
        tenant: caller.tenant,
        clientId: body.clientId,
        name: body.name,
        backchannelLogoutUri: null,
        logoutTokenAlg: 'RS256',
        logoutTokenFor: 'session',
        clockSkewSeconds: 1,
        deadlineSeconds: 60,
        jwks: null,
        jwksUri: null,
        tls: null,
        version: 1,
        removed: false,
      },
      body,
    );
    return viewOf(await this.applications.register(caller, application, request));
  }

  /** The registered applications, by client id. */
  @Get()
  @Allow('applications:read')
  @ApiQuery({ name: 'cursor', required: false })
  async list(
    @Caller() { tenant }: Principal,
    @Query('cursor') cursor?: string,
  ): Promise<{ items: ApplicationView[]; nextCursor: string | null }> {
    const after = decodeCursor(cursor, 'text') ?? '';
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.list(tx, after, PAGE + 1));
    return page(rows.map(viewOf), PAGE, ({ clientId }) => clientId);
  }

  /** One application, with how its endpoint has been answering. */
  @Get(':clientId')
  @Allow('applications:read')
  async get(
    @Caller() { tenant }: Principal,
    @Param('clientId') clientId: string,
  ): Promise<ApplicationView & { health: Health }> {
    return this.unitOfWork.run(tenant, async (tx) => {
      const application = await this.store.get(tx, clientId);
      if (!application) throw new Problem('application_not_found');
      return { ...viewOf(application), health: await this.store.health(tx, clientId) };
    });
  }

  /** Sends its endpoint a logout token for a session that nobody has, and says how it answers. */
  @Post(':clientId/test')
  @HttpCode(200)
  @Allow('applications:write')
  test(@Caller() { tenant }: Principal, @Param('clientId') clientId: string): Promise<EndpointAnswer> {
    return this.tryEndpoint.execute(tenant, clientId);
  }

  /** Changes what the body names; what it leaves out stays. */
  @Patch(':clientId')
  @Allow('applications:write')
  async change(
    @Caller() caller: Principal,
    @Param('clientId') clientId: string,
    @Body() body: ApplicationPatchDto,
  ): Promise<ApplicationView> {
    const changed = await this.applications.change(caller, clientId, (application) =>
      withFields({ ...application, name: body.name ?? application.name }, body),
    );
    return viewOf(changed);
  }

  /** Removes it. While it has live sessions that takes `end=true`, which ends them. */
  @Delete(':clientId')
  @HttpCode(200)
  @Allow('applications:write')
  @ApiQuery({ name: 'end', required: false, enum: ['true', 'false'] })
  remove(
    @Caller() caller: Principal,
    @Param('clientId') clientId: string,
    @Query('end') end?: string,
  ): Promise<{ revocationId: string | null }> {
    return this.applications.remove(caller, clientId, isYes('end', end));
  }
}

/** What the request names; what it leaves out stays. */
const withFields = (application: Application, fields: ApplicationFieldsDto): Application => ({
  ...application,
  backchannelLogoutUri:
    fields.backchannelLogoutUri === undefined ? application.backchannelLogoutUri : fields.backchannelLogoutUri,
  logoutTokenAlg: fields.logoutTokenAlg ?? application.logoutTokenAlg,
  logoutTokenFor: fields.logoutTokenFor ?? application.logoutTokenFor,
  clockSkewSeconds: fields.clockSkewSeconds ?? application.clockSkewSeconds,
  deadlineSeconds: fields.deadlineSeconds ?? application.deadlineSeconds,
  jwks: fields.jwks === undefined ? application.jwks : fields.jwks,
  jwksUri: fields.jwksUri === undefined ? application.jwksUri : fields.jwksUri,
  tls: fields.tls === undefined ? application.tls : fields.tls,
});

const viewOf = ({ tenant: _tenant, removed: _removed, tls, ...application }: Application): ApplicationView => ({
  ...application,
  tls: tls && { ca: tls.ca !== undefined, mutual: tls.cert !== undefined },
});
