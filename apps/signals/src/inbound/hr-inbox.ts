import { InboundMessageRejectedV1, Problem, TOPICS } from '@curfew/contracts';
import { EventTransport, UnitOfWork, untilDone, type IncomingMessage } from '@curfew/messaging';
import { InjectLogger, KeyDirectory, problemOf, validationPipe, type Logger } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { ReceiveSignal } from '../signal/receive-signal.js';
import { SignalDto } from '../signal/signal.dto.js';
import { readHrMessage } from './hr-message.js';

/** A tenant that was made a moment ago may not have arrived here yet. */
const TENANT_WITHIN_MS = 2_000;

/**
 * HR systems that publish instead of calling. A message that can't be taken goes to the dead-letter topic with the
 * reason, and the next is handled; a dependency that is down is waited for.
 */
@Injectable()
export class HrInbox implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private stopping = false;
  private readonly validation = validationPipe();

  constructor(
    private readonly transport: EventTransport,
    private readonly unitOfWork: UnitOfWork,
    private readonly receiveSignal: ReceiveSignal,
    private readonly keys: KeyDirectory,
    @InjectLogger() private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.transport.subscribe({
      group: 'signals.inbound',
      topics: [TOPICS.inboundHr.name],
      handle: (messages) => this.handle(messages),
      unseenState: () => Promise.resolve([]),
      stateSeen: () => Promise.resolve(),
    });
  }

  beforeApplicationShutdown(): void {
    this.stopping = true;
  }

  async handle(messages: readonly IncomingMessage[]): Promise<void> {
    for (const message of messages) {
      await untilDone(() => this.takeOrReject(message), {
        stopping: () => this.stopping,
        failed: (error) =>
          this.log.warn({ err: error, position: message.position }, 'HR message not taken yet; it will be tried again'),
      });
    }
  }

  private async takeOrReject(message: IncomingMessage): Promise<void> {
    try {
      await this.take(message);
    } catch (error) {
      const problem = problemOf(error);
      if (problem.status >= 500) throw error;
      await this.reject(message, problem);
    }
  }

  private async take(message: IncomingMessage): Promise<void> {
    const { tenant, source, body } = readHrMessage(message);
    if (!(await this.keys.knowsTenant(tenant, TENANT_WITHIN_MS))) throw new Problem('tenant_not_found', tenant);
    const dto = (await this.validation.transform(body, { type: 'body', metatype: SignalDto })) as SignalDto;
    const { occurredAt, effectiveAt, ...content } = dto;
    await this.receiveSignal.execute(
      { tenant, source, actor: `source:${source}` },
      {
        ...content,
        occurredAt: new Date(occurredAt),
        ...(effectiveAt === undefined ? {} : { effectiveAt: new Date(effectiveAt) }),
      },
    );
  }

  private async reject({ position, headers, value }: IncomingMessage, problem: Problem): Promise<void> {
    await this.unitOfWork.run('default', async (tx) => {
      tx.publish(InboundMessageRejectedV1, {
        subject: position,
        cause: { actor: 'service:signals', correlationId: position },
        data: {
          position,
          code: problem.code,
          reason: problem.message.slice(0, 2000),
          headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, text.slice(0, 1000)])),
          valueBase64: Buffer.from(value ?? '')
            .subarray(0, 65_536)
            .toString('base64'),
        },
      });
    });
    this.log.warn({ position, code: problem.code }, 'HR message rejected');
  }
}
