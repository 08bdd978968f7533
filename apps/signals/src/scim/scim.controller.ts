import { Problem } from '@curfew/contracts';
import { Allow, Caller, RawBody, type Principal, type RawJson } from '@curfew/runtime';
import { All, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiExcludeEndpoint, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Bulk } from './bulk.js';
import { discovered, discoveryList, serviceProviderConfig } from './discovery.js';
import type { Resource } from './read-resource.js';
import { directoryOf, message, ScimAnswers, ScimBase, ScimTakes } from './scim-answer.dto.js';

const ENDPOINTS = /^(Users|Groups|ServiceProviderConfig|ResourceTypes|Schemas|Bulk)(\/[^/]+)?$/;

/** What a client finds out about this provider, and what concerns no single kind of resource. */
@ApiTags('SCIM 2.0')
@ApiBearerAuth()
@Controller('/scim/v2')
export class ScimController {
  constructor(private readonly bulk: Bulk) {}

  /** What this provider can do. */
  @Get('ServiceProviderConfig')
  @Allow('scim:provision')
  @ScimAnswers(200)
  config(@ScimBase() base: string, @Res({ passthrough: true }) reply: FastifyReply): Resource {
    return message(reply, serviceProviderConfig(base));
  }

  /** The kinds of resources there are. */
  @Get('ResourceTypes')
  @Allow('scim:provision')
  @ApiQuery({ name: 'filter', required: false, description: 'Not supported: 403' })
  @ScimAnswers(200)
  resourceTypes(
    @ScimBase() base: string,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query('filter') filter?: string,
  ): Resource {
    return message(reply, discoveryList(base, 'ResourceTypes', filter));
  }

  /** One kind of resource. */
  @Get('ResourceTypes/:id')
  @Allow('scim:provision')
  @ScimAnswers(200)
  resourceType(
    @ScimBase() base: string,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Resource {
    return message(reply, discovered(base, 'ResourceTypes', id));
  }

  /** What resources may hold. */
  @Get('Schemas')
  @Allow('scim:provision')
  @ApiQuery({ name: 'filter', required: false, description: 'Not supported: 403' })
  @ScimAnswers(200)
  schemas(
    @ScimBase() base: string,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query('filter') filter?: string,
  ): Resource {
    return message(reply, discoveryList(base, 'Schemas', filter));
  }

  /** One schema. */
  @Get('Schemas/:id')
  @Allow('scim:provision')
  @ScimAnswers(200)
  schema(@ScimBase() base: string, @Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Resource {
    return message(reply, discovered(base, 'Schemas', id));
  }

  /** Many operations in one request, each kept or refused by itself, in their order. */
  @Post('Bulk')
  @HttpCode(200)
  @Allow('scim:provision')
  @ScimTakes('A BulkRequest (RFC 7644 §3.7)')
  @ScimAnswers(200)
  async executeBulk(
    @Caller() caller: Principal,
    @ScimBase() base: string,
    @RawBody() { value }: RawJson,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Resource> {
    return message(reply, await this.bulk.execute(directoryOf(caller), base, value));
  }

  /** What is not there, and what is there but not by that method. */
  @All('*')
  @Allow('scim:provision')
  @ApiExcludeEndpoint()
  elsewhere(@Param('*') path: string): never {
    // RFC 7644 §3.4.3: all kinds of resources at once.
    if (path === '.search') throw new Problem('scim_not_implemented');
    throw new Problem(ENDPOINTS.test(path) ? 'method_not_allowed' : 'not_found');
  }
}
