import { UnitOfWork } from '@curfew/messaging';
import { APPLY } from '@curfew/policy-rules';
import { Allow, Caller, choiceOf, etagOf, isYes, PreferWait, Public, readDoc, type Principal } from '@curfew/runtime';
import { Body, Controller, Get, Header, Headers, Put, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApplyDocument, type AppliedDocument } from './apply-document.js';
import { PolicyDocumentDto } from './policy-document.dto.js';
import { documentOf, tagOf, type DocumentRequest, type PolicyDocument } from './policy-document.js';
import { ReadDocument } from './read-document.js';

const ETAG = { headers: { ETag: { schema: { type: 'string' as const } } } };

interface JsonSchema {
  readonly $schema: string;
  readonly $id: string;
  readonly [keyword: string]: unknown;
}

/** A tenant's policies as code. */
@ApiTags('policy')
@ApiBearerAuth()
@Controller('/v1/policies/document')
export class PolicyDocumentController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly read: ReadDocument,
    private readonly applyDocument: ApplyDocument,
  ) {}

  /** All of the tenant's policies in one document, which `PUT` takes as it is. Its ETag is another whenever it is. */
  @Get()
  @Allow('policies:read')
  @ApiOkResponse(ETAG)
  async get(@Caller() { tenant }: Principal, @Res({ passthrough: true }) reply: FastifyReply): Promise<PolicyDocument> {
    const document = await this.unitOfWork.run(tenant, async (tx) => documentOf(await this.read.execute(tx)));
    void reply.header('etag', etagOf(tagOf(document)));
    return document;
  }

  /**
   * Makes the policies what the document says: all of it or, where anything is refused, nothing. A part that is left out
   * stays as it is; of a list that is there, what it does not name goes. The same document again changes nothing.
   * `?dryRun=true` answers what would change, and writes nothing; it needs no If-Match.
   */
  @Put()
  @Allow('policies:write')
  @ApiQuery({ name: 'apply', required: false, enum: APPLY })
  @ApiQuery({ name: 'dryRun', required: false, enum: ['true', 'false'] })
  @ApiHeader({ name: 'If-Match', required: false, description: 'The ETag it was made from, or `*`' })
  @ApiOkResponse(ETAG)
  async put(
    @Caller() caller: Principal,
    @Body() body: PolicyDocumentDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @PreferWait() waitMs: number,
    @Query('apply') apply?: string,
    @Query('dryRun') dryRun?: string,
    @Headers('if-match') ifMatch?: string,
  ): Promise<AppliedDocument> {
    const order = { apply: choiceOf('apply', apply, APPLY), dryRun: isYes('dryRun', dryRun), ifMatch };
    const { tag, ...applied } = await this.applyDocument.execute(caller, body as DocumentRequest, order, waitMs);
    void reply.header('etag', etagOf(tag));
    return applied;
  }

  /** The JSON Schema of the document, for editors and for checks before it is sent. */
  @Get('schema')
  @Public()
  @Header('content-type', 'application/schema+json')
  schema(): JsonSchema {
    return readDoc('policy-document.schema.json') as JsonSchema;
  }
}
