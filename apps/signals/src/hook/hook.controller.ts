import { Public, RawBody, type RawJson } from '@curfew/runtime';
import { Controller, Get, Headers, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { ReceivedSignal } from '../signal/receive-signal.js';
import { ReceiveWebhook } from './receive-webhook.js';
import type { Headers as AllHeaders } from './verify-vendor.js';

const header = (name: string, description: string): MethodDecorator =>
  ApiHeader({ name, description, required: false, schema: { type: 'string' } });

@ApiTags('webhooks')
@Controller('/v1/hooks')
export class HookController {
  constructor(private readonly receiveWebhook: ReceiveWebhook) {}

  /**
   * Takes in a webhook of a source, signed as Standard Webhooks asks, or as its system signs by itself (`signing: vendor`).
   * 202 means that every signal in it is on disk; one that can not be read makes the whole webhook 422, and nothing of it
   * is kept.
   */
  @Post(':sourceId')
  @HttpCode(202)
  @Public()
  @header('webhook-id', 'The same at every retry: the webhook counts once')
  @header('webhook-timestamp', 'Of this attempt, in seconds since 1970; five minutes off at the most')
  @header(
    'webhook-signature',
    '`v1,` and the base64 of HMAC-SHA256 over `{id}.{timestamp}.{body}`; several, apart by spaces',
  )
  @ApiBody({ description: 'What the mapping of the source reads', schema: { type: 'object' } })
  async receive(
    @Param('sourceId') sourceId: string,
    @Headers() headers: AllHeaders,
    @RawBody() { bytes, value }: RawJson,
  ): Promise<{ signals: ReceivedSignal[] }> {
    return { signals: await this.receiveWebhook.execute(sourceId, { headers, bytes, payload: value }) };
  }

  /** What a system asks once before it sends anything (Okta's event hooks), answered as the mapping of the source says. */
  @Get(':sourceId')
  @Public()
  @header('x-okta-verification-challenge', 'Comes back as `verification`')
  @ApiOkResponse({ schema: { type: 'object', properties: { verification: { type: 'string' } } } })
  challenge(@Param('sourceId') sourceId: string, @Headers() headers: AllHeaders): Promise<Record<string, string>> {
    return this.receiveWebhook.answerChallenge(sourceId, headers);
  }
}
