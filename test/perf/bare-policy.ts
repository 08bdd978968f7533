import 'reflect-metadata';
import { validationPipe } from '@curfew/runtime';
import { Body, Controller, Get, HttpCode, Module, Post, Query } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Redis } from 'ioredis';
import { AttemptDto } from '../../apps/policy/src/sign-in/sign-in-policy.dto.js';
import { answer } from './child.js';

/** What an evaluation and a look-up are compared with: a Nest route with the same DTO that asks Redis once. No key, no tenant. */
const redis = new Redis(process.env.BENCH_REDIS_URL!, { enableAutoPipelining: true });

@Controller()
class BareController {
  @Post('/v1/sign-in/evaluate')
  @HttpCode(200)
  async evaluate(@Body() { subject }: AttemptDto): Promise<object> {
    return { subject, decision: (await redis.get('bare:decision')) ?? '' };
  }

  @Get('/v1/policies/effective')
  async effective(@Query('subject') subject?: string): Promise<object> {
    return { subject, fields: JSON.parse((await redis.get('bare:fields')) ?? '{}') as object };
  }
}

@Module({ controllers: [BareController] })
class BareModule {}

answer({
  start: async (fields: object) => {
    await redis.set('bare:decision', 'ALLOW');
    await redis.set('bare:fields', JSON.stringify(fields));
    const app = await NestFactory.create<NestFastifyApplication>(BareModule, new FastifyAdapter(), {
      logger: ['error'],
    });
    app.useGlobalPipes(validationPipe());
    await app.listen({ host: '127.0.0.1', port: 0 });
    return app.getUrl();
  },
});
