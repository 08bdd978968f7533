import { createHash } from 'node:crypto';
import { Problem, WebhookRefusedV1 } from '@curfew/contracts';
import { unseal } from '@curfew/keys';
import { startedBy, UnitOfWork } from '@curfew/messaging';
import { InjectConfig, InjectLogger, isPlainText, type Logger, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { Mappings, type AskOf, type Mapping } from '../mapping/mapping.js';
import { isAsked, mapPayload, pathOf } from '../mapping/map-payload.js';
import { ReceiveSignal, type ReceivedSignal } from '../signal/receive-signal.js';
import { ErrandStore } from '../source/errand.store.js';
import { keyOf, sealedFor, signalSourceOf, type Source } from '../source/source.js';
import { SourceStore, type StoredSource } from '../source/source.store.js';
import { vendorDistrustOf, type Headers } from './verify-vendor.js';
import { distrustOf, type Distrust } from './verify-webhook.js';

const LONGEST_CHALLENGE = 512;

/** What came to the address of a source. */
export interface Arrival {
  readonly headers: Headers;
  /** The body as it came: it is the bytes that are signed. */
  readonly bytes: Buffer;
  readonly payload: unknown;
}

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
    private readonly errands: ErrandStore,
    @InjectLogger() private readonly log: Logger,
  ) {
    this.masterKey = config.masterKey;
  }

  /**
   * The webhook's id is the event's: sent again, it counts once. Throws `webhook_unauthenticated` whatever is wrong with
   * who sends it, a source there is none of included; `payload_unmappable`, `event_id_reused`.
   */
  async execute(sourceId: string, arrival: Arrival): Promise<ReceivedSignal[]> {
    const { tenant, stored } = await this.sourceOf(sourceId);
    const { source } = stored;
    const mapping = this.mappings.get(source.mapping);
    const id = idOf(source, arrival);
    const now = new Date();
    const distrust =
      source.enabled && source.kind === 'webhook'
        ? this.distrustOf(tenant, stored, mapping, arrival, now)
        : 'source disabled';
    if (distrust) return this.refuse(tenant, source, id, new Problem('webhook_unauthenticated'), distrust);
    try {
      if (!mapping) throw new Problem('payload_unmappable', `There is no mapping ${source.mapping} any more`);
      if (mapping.ask) return await this.ask(tenant, source, mapping.ask, id!, arrival.payload);
      const contents = mapPayload(mapping, arrival.payload, id!, now);
      const name = signalSourceOf(source);
      return await this.receiveSignal.executeAll({ tenant, source: name, actor: `source:${name}` }, contents, {
        mapping: source.mapping,
        payload: arrival.payload,
      });
    } catch (error) {
      if (error instanceof Problem) return this.refuse(tenant, source, id, error, error.message);
      throw error;
    }
  }

  /** It holds an id only: what it is about is asked once it is on disk. */
  private async ask(
    tenant: string,
    { sourceId }: Source,
    ask: AskOf,
    webhookId: string,
    payload: unknown,
  ): Promise<ReceivedSignal[]> {
    if (!isAsked(ask, { webhook: payload })) return [];
    pathOf(ask, { webhook: payload }, ''); // one that can't be asked about is refused now
    await this.unitOfWork.run(tenant, (tx) => this.errands.add(tx, sourceId, webhookId, payload));
    return [];
  }

  /** What a system asks before it sends anything, to see that the address is ours. Throws `webhook_unauthenticated`. */
  async answerChallenge(sourceId: string, headers: Headers): Promise<Record<string, string>> {
    const { stored } = await this.sourceOf(sourceId);
    const { enabled, signing, mapping } = stored.source;
    const challenge = enabled && signing === 'vendor' ? this.mappings.get(mapping)?.challenge : undefined;
    const value = challenge && headers[challenge.header];
    if (!challenge || typeof value !== 'string' || value.length > LONGEST_CHALLENGE || !isPlainText(value))
      throw new Problem('webhook_unauthenticated');
    return { [challenge.member]: value };
  }

  private async sourceOf(sourceId: string): Promise<{ tenant: string; stored: StoredSource }> {
    const tenant = await this.sources.tenantOf(sourceId);
    const stored = tenant && (await this.unitOfWork.run(tenant, (tx) => this.sources.get(tx, sourceId)));
    if (tenant && stored) return { tenant, stored };
    this.log.warn({ sourceId }, 'a webhook came for a source there is none of');
    throw new Problem('webhook_unauthenticated');
  }

  private distrustOf(
    tenant: string,
    { source, secrets: sealed }: StoredSource,
    mapping: Mapping | undefined,
    { headers, bytes }: Arrival,
    now: Date,
  ): Distrust | undefined {
    const secrets = sealed.map((one) => unseal(this.masterKey, sealedFor(tenant, source.sourceId), one));
    if (source.signing === 'standard') {
      const [timestamp, signature] = [textOf(headers, 'webhook-timestamp'), textOf(headers, 'webhook-signature')];
      return distrustOf({ id: textOf(headers, 'webhook-id'), timestamp, signature, bytes }, secrets.map(keyOf), now);
    }
    return mapping?.signature ? vendorDistrustOf(mapping.signature, headers, bytes, secrets, now) : 'no signature';
  }

  /** One line in the audit trail for each: a termination that was not understood is one that was lost. */
  private async refuse(
    tenant: string,
    source: Source,
    id: string | undefined,
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

const textOf = (headers: Headers, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
};

/** Those who sign by themselves give a webhook no id: the same bytes are the same webhook. */
const idOf = ({ signing }: Source, { headers, bytes }: Arrival): string | undefined =>
  signing === 'standard' ? textOf(headers, 'webhook-id') : createHash('sha256').update(bytes).digest('base64url');
