import { Allow, Caller, RawBody, type Principal, type RawJson } from '@curfew/runtime';
import { Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { FindResources, show } from './find-resources.js';
import { ProvisionGroups } from './provision-groups.js';
import { readSearch, searchOf } from './read-search.js';
import type { Resource } from './read-resource.js';
import {
  created,
  directoryOf,
  message,
  ScimAnswers,
  ScimBase,
  ScimTakes,
  shown,
  shownUnlessKnown,
} from './scim-answer.dto.js';
import { GROUP } from './scim-schema.js';
import { asksFor, etagOf } from './scim-view.js';
import { ScimProjectionDto, ScimQueryDto } from './scim.dto.js';

@ApiTags('SCIM 2.0')
@ApiBearerAuth()
@Controller('/scim/v2/Groups')
export class ScimGroupsController {
  constructor(
    private readonly find: FindResources,
    private readonly groups: ProvisionGroups,
  ) {}

  /** The groups this directory has provisioned; by filter, where it gives one. */
  @Get()
  @Allow('scim:provision')
  @ScimAnswers(200)
  async list(
    @Caller() caller: Principal,
    @ScimBase() base: string,
    @Query() query: ScimQueryDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Resource> {
    return message(reply, await this.find.list(directoryOf(caller), GROUP, base, searchOf(query)));
  }

  /** The same, with the query in the body. */
  @Post('.search')
  @HttpCode(200)
  @Allow('scim:provision')
  @ScimTakes('A SearchRequest (RFC 7644 §3.4.3)')
  @ScimAnswers(200)
  async search(
    @Caller() caller: Principal,
    @ScimBase() base: string,
    @RawBody() { value }: RawJson,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Resource> {
    return message(reply, await this.find.list(directoryOf(caller), GROUP, base, readSearch(value)));
  }

  /** One group. */
  @Get(':id')
  @Allow('scim:provision')
  @ScimAnswers(200)
  async get(
    @Caller() caller: Principal,
    @ScimBase() base: string,
    @Param('id') id: string,
    @Query() projection: ScimProjectionDto,
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Resource | undefined> {
    return shownUnlessKnown(reply, await this.find.one(directoryOf(caller), GROUP, id, base, projection), known);
  }

  /** Provisions a group. Its display name is what policies and kills know it by. */
  @Post()
  @Allow('scim:provision')
  @ScimTakes('A Group (RFC 7643 §4.2)')
  @ScimAnswers(201)
  async create(
    @Caller() caller: Principal,
    @ScimBase() base: string,
    @RawBody() { value }: RawJson,
    @Query() projection: ScimProjectionDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Resource> {
    return created(reply, show(GROUP, await this.groups.create(directoryOf(caller), value), base, projection));
  }

  /** Replaces a group and who is in it. */
  @Put(':id')
  @Allow('scim:provision')
  @ScimTakes('A Group (RFC 7643 §4.2)')
  @ScimAnswers(200)
  async replace(
    @Caller() caller: Principal,
    @ScimBase() base: string,
    @Param('id') id: string,
    @RawBody() { value }: RawJson,
    @Query() projection: ScimProjectionDto,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Resource> {
    const group = await this.groups.replace(directoryOf(caller), id, value, ifMatch);
    return shown(reply, show(GROUP, group, base, projection));
  }

  /** Changes a group. 204, unless attributes are asked for: it may have thousands of members. */
  @Patch(':id')
  @Allow('scim:provision')
  @ScimTakes('A PatchOp (RFC 7644 §3.5.2)')
  @ScimAnswers(200)
  @ApiNoContentResponse()
  async patch(
    @Caller() caller: Principal,
    @ScimBase() base: string,
    @Param('id') id: string,
    @RawBody() { value }: RawJson,
    @Query() projection: ScimProjectionDto,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Resource | undefined> {
    const asked = projection.attributes !== undefined || projection.excludedAttributes !== undefined;
    const members = asked && asksFor(GROUP, projection, 'members');
    const group = await this.groups.patch(directoryOf(caller), id, value, { ifMatch, members });
    if (asked) return shown(reply, show(GROUP, group, base, projection));
    void reply.status(204).header('etag', etagOf(group));
    return undefined;
  }

  /** Deletes a group; who was in it stays provisioned. */
  @Delete(':id')
  @HttpCode(204)
  @Allow('scim:provision')
  async remove(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    await this.groups.remove(directoryOf(caller), id, ifMatch);
  }
}
