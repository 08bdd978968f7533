import { Problem, WebhookRefusedV1 } from '@curfew/contracts';
import { unseal } from '@curfew/keys';
import { startedBy, UnitOfWork } from '@curfew/messaging';
import { InjectConfig, InjectLogger, type Logger, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { Mappings } from '../mapping/mapping.js';
import { mapPayload } from '../mapping/map-payload.js';
import { ReceiveSignal, type ReceivedSignal } from '../signal/receive-signal.js';
import { keyOf, sealedFor, signalSourceOf, type Source } from '../source/source.js';
import { SourceStore, type StoredSource } from '../source/source.store.js';
import { distrustOf, type Webhook } from './verify-webhook.js';

/** Takes in what a source sends, as the signals its mapping makes of it: all of them or none. */
@Injectable()
export class ReceiveWebhook {
  private readonly masterKey: Buffer;

  constructor(
    @InjectConfig() config: RunningConfig,
    private readonly unitOfWork: UnitOfWork,
    private readonly sources: SourceStore,
    private readonly mappings: Mappings,
    private readonly receiveSignal: ReceiveSignal,
    @InjectLogger() private readonly log: Logger,
  ) {
    this.masterKey = config.masterKey;
  }

  /**
   * The webhook's id is the event's: sent again, it counts once. Throws `webhook_unauthenticated` whatever is wrong with
   * who sends it, a source there is none of included; `payload_unmappable`, `event_id_reused`.
   */
  async execute(sourceId: string, webhook: Webhook, payload: unknown): Promise<ReceivedSignal[]> {
    const tenant = await this.sources.tenantOf(sourceId);
    const stored = tenant && (await this.unitOfWork.run(tenant, (tx) => this.sources.get(tx, sourceId)));
    if (!tenant || !stored) {
      this.log.warn({ sourceId }, 'a webhook came for a source there is none of');
      throw new Problem('webhook_unauthenticated');
    }
    const { source } = stored;
    const now = new Date();
    const distrust = source.enabled ? distrustOf(webhook, this.keysOf(tenant, stored), now) : 'source disabled';
    if (distrust) return this.refuse(tenant, source, webhook, new Problem('webhook_unauthenticated'), distrust);
    try {
      const mapping = this.mappings.get(source.mapping);
      if (!mapping) throw new Problem('payload_unmappable', `There is no mapping ${source.mapping} any more`);
      const contents = mapPayload(mapping, payload, webhook.id!, now);
      const name = signalSourceOf(source);
      return await this.receiveSignal.executeAll({ tenant, source: name, actor: `source:${name}` }, contents, {
        mapping: source.mapping,
        payload,
      });
    } catch (error) {
      if (error instanceof Problem) return this.refuse(tenant, source, webhook, error, error.message);
      throw error;
    }
  }

  private keysOf(tenant: string, { source, secrets }: StoredSource): Buffer[] {
    const purpose = sealedFor(tenant, source.sourceId);
    return secrets.map((sealed) => keyOf(unseal(this.masterKey, purpose, sealed)));
  }

  /** One line in the audit trail for each: a termination that was not understood is one that was lost. */
  private async refuse(
    tenant: string,
    source: Source,
    { id }: Webhook,
    problem: Problem,
    reason: string,
  ): Promise<never> {
    const { sourceId, name } = source;
    await this.unitOfWork.run(tenant, async (tx) => {
      tx.publish(WebhookRefusedV1, {
        subject: sourceId,
        cause: startedBy('service:signals'),
        data: {
          sourceId,
          name,
          code: problem.code,
          reason: reason.slice(0, 2000),
          webhookId: id?.slice(0, 256) ?? null,
        },
      });
    });
    this.log.warn({ tenant, sourceId, code: problem.code }, 'webhook refused');
    throw problem;
  }
}
