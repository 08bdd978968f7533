import { Allow, Caller, RawBody, type Principal, type RawJson } from '@curfew/runtime';
import { Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { FindResources, show } from './find-resources.js';
import { ProvisionUsers } from './provision-users.js';
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
import { USER } from './scim-schema.js';
import { ScimProjectionDto, ScimQueryDto } from './scim.dto.js';

@ApiTags('SCIM 2.0')
@ApiBearerAuth()
@Controller('/scim/v2/Users')
export class ScimUsersController {
  constructor(
    private readonly find: FindResources,
    private readonly users: ProvisionUsers,
  ) {}

  /** The users this directory has provisioned; by filter, where it gives one. */
  @Get()
  @Allow('scim:provision')
  @ScimAnswers(200)
  async list(
    @Caller() caller: Principal,
    @ScimBase() base: string,
    @Query() query: ScimQueryDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Resource> {
    return message(reply, await this.find.list(directoryOf(caller), USER, base, searchOf(query)));
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
    return message(reply, await this.find.list(directoryOf(caller), USER, base, readSearch(value)));
  }

  /** One user. */
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
    return shownUnlessKnown(reply, await this.find.one(directoryOf(caller), USER, id, base, projection), known);
  }

  /** Provisions a user. Made inactive, it may not sign in; one that comes back after it was deleted may again. */
  @Post()
  @Allow('scim:provision')
  @ScimTakes('A User (RFC 7643 §4.1)')
  @ScimAnswers(201)
  async create(
    @Caller() caller: Principal,
    @ScimBase() base: string,
    @RawBody() { value }: RawJson,
    @Query() projection: ScimProjectionDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Resource> {
    return created(reply, show(USER, await this.users.create(directoryOf(caller), value), base, projection));
  }

  /** Replaces a user. `active` from true to false is a termination: its sessions end everywhere. */
  @Put(':id')
  @Allow('scim:provision')
  @ScimTakes('A User (RFC 7643 §4.1)')
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
    return shown(
      reply,
      show(USER, await this.users.replace(directoryOf(caller), id, value, ifMatch), base, projection),
    );
  }

  /** Changes a user. `active` from true to false is a termination, in whatever spelling. */
  @Patch(':id')
  @Allow('scim:provision')
  @ScimTakes('A PatchOp (RFC 7644 §3.5.2)')
  @ScimAnswers(200)
  async patch(
    @Caller() caller: Principal,
    @ScimBase() base: string,
    @Param('id') id: string,
    @RawBody() { value }: RawJson,
    @Query() projection: ScimProjectionDto,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Resource> {
    return shown(reply, show(USER, await this.users.patch(directoryOf(caller), id, value, ifMatch), base, projection));
  }

  /** Deletes a user, which terminates whoever was active. */
  @Delete(':id')
  @HttpCode(204)
  @Allow('scim:provision')
  async remove(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    await this.users.remove(directoryOf(caller), id, ifMatch);
  }
}
