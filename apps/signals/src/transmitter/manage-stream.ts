import { randomBytes } from 'node:crypto';
import { Problem, TransmitterStreamChangedV1, TransmitterUpdatedV1 } from '@curfew/contracts';
import { unseal } from '@curfew/keys';
import { startedBy, UnitOfWork } from '@curfew/messaging';
import { CheckDestination, InjectConfig, InjectLogger, type Logger, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { AccessTokens } from './access-tokens.js';
import { credentialsSealedFor } from './credentials.js';
import { Discover, type Endpoint, type TransmitterMetadata } from './discover.js';
import { PollStore } from './poll.store.js';
import { factsOf, pushSecretSealedFor, type StreamStatus, type Transmitter } from './transmitter.js';
import { TransmitterClient, type Answer, type Ask } from './transmitter.client.js';
import { TransmitterStore, type StoredTransmitter } from './transmitter.store.js';

const LIMIT_MS = 10_000;
const PUSH = 'urn:ietf:rfc:8935';
const POLL = 'urn:ietf:rfc:8936';

interface Caller {
  readonly tenant: string;
  readonly actor: string;
}

export interface StreamWish {
  /** Where the transmitter reaches this API; null: it is polled. */
  readonly pushTo: string | null;
  readonly events: readonly string[];
  readonly description: string | null;
}

/** What is asked of a transmitter in one call, as whom. */
interface Talk {
  readonly stored: StoredTransmitter;
  readonly metadata: TransmitterMetadata;
  readonly headers: Readonly<Record<string, string>>;
}

/** Our stream at a transmitter (SSF 1.0 §8.1): set up, changed, verified and ended there, and known here. */
@Injectable()
export class ManageStream {
  private readonly masterKey: Buffer;

  constructor(
    @InjectConfig() config: RunningConfig,
    private readonly unitOfWork: UnitOfWork,
    private readonly store: TransmitterStore,
    private readonly polls: PollStore,
    private readonly discover: Discover,
    private readonly tokens: AccessTokens,
    private readonly client: TransmitterClient,
    private readonly destinations: CheckDestination,
    @InjectLogger() private readonly log: Logger,
  ) {
    this.masterKey = config.masterKey;
  }

  /**
   * Makes the stream there, or changes the one there is, and asks it to verify itself. Throws `transmitter_not_found`,
   * `transmitter_undiscoverable`, `transmitter_refused`.
   */
  async setUp({ tenant, actor }: Caller, transmitterId: string, wish: StreamWish): Promise<Transmitter> {
    const talk = await this.begin(tenant, transmitterId);
    const stream = await this.makeOrChange(tenant, talk, wish);
    const { stream_id: streamId, iss, aud, delivery } = stream;
    if (typeof streamId !== 'string') throw refused('it gave the stream no stream_id');
    if (iss !== talk.stored.transmitter.issuer) throw refused(`the stream is of the issuer ${String(iss)}`);
    const audience = [aud].flat().filter((one): one is string => typeof one === 'string');
    if (audience.length === 0) throw refused('the stream has no aud');
    const pollUrl = wish.pushTo === null ? (delivery as { endpoint_url?: unknown } | undefined)?.endpoint_url : null;
    if (pollUrl === undefined || (pollUrl !== null && typeof pollUrl !== 'string'))
      throw refused('the stream has no endpoint to poll');
    if (pollUrl !== null) await this.destinations.assertAllowed('delivery.endpoint_url', pollUrl);
    const transmitter = await this.unitOfWork.run(tenant, async (tx) => {
      const stored = found(await this.store.hasStream(tx, transmitterId, { streamId, audience, pollUrl }));
      await this.polls.set(tx, transmitterId, pollUrl !== null && stored.transmitter.enabled);
      const data = factsOf(stored.transmitter);
      tx.publish(TransmitterUpdatedV1, { subject: transmitterId, cause: startedBy(actor), data });
      return stored.transmitter;
    });
    await this.verify({ tenant, actor }, transmitterId).catch((error: Error) =>
      this.log.warn({ err: error, tenant, transmitterId }, 'the new stream was not asked to verify itself'),
    );
    return transmitter;
  }

  /** Throws `transmitter_not_found`, `stream_not_set_up`, `transmitter_undiscoverable`, `transmitter_refused`. */
  async remove({ tenant, actor }: Caller, transmitterId: string): Promise<void> {
    const { talk, streamId } = await this.beginWithStream(tenant, transmitterId);
    const uri = `${this.endpoint(talk, 'configuration')}?${new URLSearchParams({ stream_id: streamId }).toString()}`;
    const answer = await this.ask(talk, uri, { method: 'DELETE' });
    if (![200, 204, 404].includes(answer.status)) throw said(uri, answer);
    await this.unitOfWork.run(tenant, async (tx) => {
      const { transmitter } = found(
        await this.store.hasStream(tx, transmitterId, { streamId: null, audience: null, pollUrl: null }),
      );
      await this.polls.set(tx, transmitterId, false);
      tx.publish(TransmitterUpdatedV1, { subject: transmitterId, cause: startedBy(actor), data: factsOf(transmitter) });
    });
  }

  /** As it is there now; with `status`, as it is to be. Throws as `remove` does. */
  async status(
    { tenant, actor }: Caller,
    transmitterId: string,
    wish?: { readonly status: StreamStatus; readonly reason: string | null },
  ): Promise<{ status: StreamStatus; reason: string | null }> {
    const { talk, streamId } = await this.beginWithStream(tenant, transmitterId);
    const uri = this.endpoint(talk, 'status');
    const query = `${uri}?${new URLSearchParams({ stream_id: streamId }).toString()}`;
    const answer = wish
      ? await this.ask(talk, uri, { method: 'POST', json: { stream_id: streamId, ...withoutNull({ ...wish }) } })
      : await this.ask(talk, query, { method: 'GET' });
    if (answer.status !== 200 && answer.status !== 202) throw said(uri, answer);
    const there = answer.status === 202 ? wish : (answer.json() as { status?: unknown; reason?: unknown });
    const status = ['enabled', 'paused', 'disabled'].includes(there?.status as string)
      ? (there!.status as StreamStatus)
      : undefined;
    if (!status) throw refused('it said no status of the stream');
    const reason = typeof there?.reason === 'string' ? there.reason.slice(0, 1000) : null;
    await this.unitOfWork.run(tenant, async (tx) => {
      await this.store.streamIs(tx, transmitterId, status, reason);
      if (!wish) return;
      const { name } = talk.stored.transmitter;
      const data = { transmitterId, name, status, reason };
      tx.publish(TransmitterStreamChangedV1, { subject: transmitterId, cause: startedBy(actor), data });
    });
    return { status, reason };
  }

  /** Asks for a verification event; `verifiedAt` says when it has come. Throws as `remove` does. */
  async verify({ tenant }: Caller, transmitterId: string): Promise<void> {
    const { talk, streamId } = await this.beginWithStream(tenant, transmitterId);
    const uri = this.endpoint(talk, 'verification');
    const state = randomBytes(16).toString('base64url');
    // Known before it is said: the event may come before the answer.
    await this.unitOfWork.run(tenant, (tx) => this.store.expectVerification(tx, transmitterId, state));
    const answer = await this.ask(talk, uri, { method: 'POST', json: { stream_id: streamId, state } });
    if (answer.status !== 204 && answer.status !== 200) throw said(uri, answer);
  }

  /** From now on it tells of this subject (RFC 9493), or not any more. Throws as `remove` does. */
  async subject(
    { tenant }: Caller,
    transmitterId: string,
    subject: Readonly<Record<string, unknown>>,
    wanted: boolean,
  ): Promise<void> {
    const { talk, streamId } = await this.beginWithStream(tenant, transmitterId);
    const uri = this.endpoint(talk, wanted ? 'addSubject' : 'removeSubject');
    const answer = await this.ask(talk, uri, { method: 'POST', json: { stream_id: streamId, subject } });
    if (answer.status !== 200 && answer.status !== 204) throw said(uri, answer);
  }

  /** Where a transmitter allows us one stream and has it, that one is changed. */
  private async makeOrChange(tenant: string, talk: Talk, wish: StreamWish): Promise<Record<string, unknown>> {
    const uri = this.endpoint(talk, 'configuration');
    const body = {
      delivery: this.deliveryOf(tenant, talk.stored, wish),
      events_requested: wish.events,
      ...(wish.description === null ? {} : { description: wish.description }),
    };
    let streamId = talk.stored.transmitter.streamId;
    if (streamId === null) {
      const made = await this.ask(talk, uri, { method: 'POST', json: body });
      if (made.status === 201 || made.status === 200) return made.json() as Record<string, unknown>;
      if (made.status !== 409) throw said(uri, made);
      const there = (await this.ask(talk, uri, { method: 'GET' })).json();
      const [only, ...more] = [there].flat() as { stream_id?: unknown }[];
      if (typeof only?.stream_id !== 'string' || more.length > 0) throw said(uri, made);
      streamId = only.stream_id;
    }
    const changed = await this.ask(talk, uri, { method: 'PATCH', json: { stream_id: streamId, ...body } });
    if (changed.status !== 200 && changed.status !== 202) throw said(uri, changed);
    return changed.json() as Record<string, unknown>;
  }

  private deliveryOf(tenant: string, { transmitter, secrets }: StoredTransmitter, { pushTo }: StreamWish): object {
    if (pushTo === null) return { method: POLL };
    const { transmitterId } = transmitter;
    const secret = unseal(this.masterKey, pushSecretSealedFor(tenant, transmitterId), secrets[0]!);
    return {
      method: PUSH,
      endpoint_url: `${pushTo.replace(/\/$/, '')}/v1/security-events/${transmitterId}`,
      authorization_header: `Bearer ${secret}`,
    };
  }

  private async begin(tenant: string, transmitterId: string): Promise<Talk> {
    const stored = found(await this.unitOfWork.run(tenant, (tx) => this.store.get(tx, transmitterId)));
    const metadata = await this.discover.execute(stored.transmitter.issuer);
    const sealedFor = credentialsSealedFor(tenant, transmitterId);
    const authorization = await this.tokens.of(sealedFor, stored.sealedCredentials).catch((error: Error) => {
      throw error instanceof Problem ? error : refused(error.message);
    });
    return { stored, metadata, headers: authorization === undefined ? {} : { authorization } };
  }

  private async beginWithStream(tenant: string, transmitterId: string): Promise<{ talk: Talk; streamId: string }> {
    const stored = found(await this.unitOfWork.run(tenant, (tx) => this.store.get(tx, transmitterId)));
    const { streamId } = stored.transmitter;
    if (streamId === null) throw new Problem('stream_not_set_up');
    return { talk: await this.begin(tenant, transmitterId), streamId };
  }

  private endpoint({ metadata }: Talk, name: Endpoint): string {
    const uri = metadata.endpoints[name];
    if (uri === undefined) throw new Problem('transmitter_undiscoverable', `Its metadata name no ${name} endpoint`);
    return uri;
  }

  private async ask(
    { stored, headers }: Talk,
    uri: string,
    { method, json }: Pick<Ask, 'method'> & { readonly json?: object },
  ): Promise<Answer> {
    try {
      const answer = await this.client.send(uri, {
        method,
        headers: { ...headers, ...(json ? { 'content-type': 'application/json' } : {}) },
        ...(json ? { body: JSON.stringify(json) } : {}),
        limitMs: LIMIT_MS,
      });
      if (answer.status === 401) this.tokens.forget(stored.sealedCredentials);
      return answer;
    } catch (error) {
      throw refused(`${uri}: ${(error as Error).message}`);
    }
  }
}

const refused = (detail: string): Problem => new Problem('transmitter_refused', detail);
const said = (uri: string, { status }: Answer): Problem => refused(`${uri} answered ${status}`);

const withoutNull = (record: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));

function found<T>(stored: T | undefined): T {
  if (!stored) throw new Problem('transmitter_not_found');
  return stored;
}
