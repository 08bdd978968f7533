import { Public, RawBody, type RawJson } from '@curfew/runtime';
import { Controller, Headers, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { ReceivedSignal } from '../signal/receive-signal.js';
import { ReceiveWebhook } from './receive-webhook.js';

const header = (name: string, description: string): MethodDecorator =>
  ApiHeader({ name, description, required: true, schema: { type: 'string' } });

@ApiTags('webhooks')
@Controller('/v1/hooks')
export class HookController {
  constructor(private readonly receiveWebhook: ReceiveWebhook) {}

  /**
   * Takes in a webhook of a source, signed as Standard Webhooks asks. 202 means that every signal in it is on disk; one
   * that can not be read makes the whole webhook 422, and nothing of it is kept.
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
    @Headers('webhook-id') id: string | undefined,
    @Headers('webhook-timestamp') timestamp: string | undefined,
    @Headers('webhook-signature') signature: string | undefined,
    @RawBody() { bytes, value }: RawJson,
  ): Promise<{ signals: ReceivedSignal[] }> {
    return { signals: await this.receiveWebhook.execute(sourceId, { id, timestamp, signature, bytes }, value) };
  }
}
