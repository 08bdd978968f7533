import { randomUUID } from 'node:crypto';
import { Agent } from 'undici';
import type { Endpoints, Service } from './form.js';
import { until } from './until.js';

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: T;
}

export interface SessionView {
  readonly id: string;
  readonly sid: string;
  readonly clientId: string;
  readonly subject: string;
  readonly device: string | null;
  readonly status: 'live' | 'ended';
  readonly expiresAt: string;
  readonly cause: string | null;
  readonly reason: string | null;
  readonly revocationId: string | null;
  readonly successorSessionId: string | null;
}

export interface RevocationView {
  readonly revocationId: string;
  readonly state: string;
  readonly ended: number;
  readonly alreadyEnded: number;
}

export interface SignalView {
  readonly signalId: string;
  readonly state: string;
  readonly progress: string;
  readonly revocationId: string | null;
  readonly outcome: Readonly<Record<string, unknown>> | null;
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, instead of a body as JSON. */
  readonly raw?: string | Buffer;
}

const agent = new Agent({ connections: 128, pipelining: 1 });

const A_LIST_OF_EACH = [
  ['signals', '/v1/signals'],
  ['policy', '/v1/policies/default'],
  ['registry', '/v1/subjects'],
  ['fanout', '/v1/applications'],
  ['audit', '/v1/audit'],
] as const;

/** Curfew's HTTP API, with one key. */
export class Curfew {
  constructor(
    readonly endpoints: Endpoints,
    readonly key: string,
  ) {}

  /** The same services, as somebody else. */
  as(key: string): Curfew {
    return new Curfew(this.endpoints, key);
  }

  /** Whatever it answers. */
  async ask<T = Record<string, unknown>>(
    service: Service,
    method: string,
    path: string,
    body?: unknown,
    { headers = {}, raw }: CallOptions = {},
  ): Promise<Answer<T>> {
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await agent.request({
      origin: this.endpoints[service].url,
      method: method as 'GET',
      path,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(content === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(content === undefined ? {} : { body: content }),
    });
    const text = await response.body.text();
    const isJson = /[/+]json/.test(String(response.headers['content-type'] ?? ''));
    return {
      status: response.statusCode,
      headers: response.headers,
      body: (isJson && text ? JSON.parse(text) : text) as T,
    };
  }

  /** Throws what is not a 2xx. */
  async call<T = Record<string, unknown>>(
    service: Service,
    method: string,
    path: string,
    body?: unknown,
    options?: CallOptions,
  ): Promise<T> {
    const answer = await this.ask<T>(service, method, path, body, options);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** A tenant of its own, and its first owner: what one test does, another does not see. For the operator's key only. */
  async newTenant(id = `t-${randomUUID().slice(0, 13)}`): Promise<Curfew & { readonly tenant: string }> {
    const { ownerKey } = await this.call<{ ownerKey: { key: string } }>('policy', 'POST', '/v1/tenants', {
      id,
      name: id,
    });
    return Object.assign(await this.as(ownerKey.key).known(), { tenant: id });
  }

  async register(
    applications: readonly { readonly clientId: string; readonly backchannelLogoutUri?: string }[],
    more: Record<string, unknown> = {},
  ): Promise<void> {
    await inTurns(applications, 8, ({ clientId, backchannelLogoutUri }) =>
      this.call('fanout', 'POST', '/v1/applications', { clientId, name: clientId, backchannelLogoutUri, ...more }),
    );
  }

  /** A person with one session at each of the applications. */
  async person(id: string, clientIds: readonly string[]): Promise<void> {
    await this.call('registry', 'PUT', `/v1/subjects/${id}`, { identifiers: { employeeId: id } });
    await inTurns(clientIds, 16, (clientId) => this.open(id, clientId, { device: { id: `device-of-${id}` } }));
  }

  /** All that a query of `GET /v1/sessions` finds. */
  async sessions(query: Readonly<Record<string, string>>): Promise<SessionView[]> {
    const found: SessionView[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const path = `/v1/sessions?${new URLSearchParams({ ...query, ...(cursor ? { cursor } : {}) }).toString()}`;
      const page: { items: SessionView[]; nextCursor: string | null } = await this.call('registry', 'GET', path);
      found.push(...page.items);
      cursor = page.nextCursor;
    }
    return found;
  }

  /** RFC 7662; without `clientId` for keys that speak for an application. */
  introspect(sid: string, clientId?: string): Promise<{ active: boolean } & Record<string, unknown>> {
    const raw = new URLSearchParams({ token: sid, ...(clientId === undefined ? {} : { client_id: clientId }) });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.call('registry', 'POST', '/oauth2/introspect', undefined, { raw: raw.toString(), headers });
  }

  open(subject: string, clientId: string, more: Record<string, unknown> = {}): Promise<{ id: string; sid: string }> {
    const session = { subject, clientId, authenticatedAt: new Date().toISOString(), ...more };
    return this.call('registry', 'POST', '/v1/sessions', session);
  }

  /** Asks for a kill, and waits until everybody was told. */
  revoke(target: Readonly<Record<string, string>>, more: Record<string, unknown> = {}): Promise<RevocationView> {
    const headers = { prefer: 'wait=10' };
    return this.call('registry', 'POST', '/v1/revocations', { target, reason: 'a test', ...more }, { headers });
  }

  /** A key of this tenant. */
  async newKey(key: Readonly<Record<string, unknown>>): Promise<Curfew> {
    const made = await this.call<{ key: string }>('policy', 'POST', '/v1/api-keys', { name: 'a test', ...key });
    return this.as(made.key).known();
  }

  /** A key that was made a moment ago may not have arrived at every service yet. */
  private async known(): Promise<this> {
    await until('every service knows the new key', async () => {
      const answers = await Promise.all(A_LIST_OF_EACH.map(([service, path]) => this.ask(service, 'GET', path)));
      return answers.every(({ status }) => status !== 401);
    });
    return this;
  }

  /** Tells a signal, and waits for what comes of it. */
  tell(signal: Readonly<Record<string, unknown>>): Promise<SignalView> {
    const said = { eventId: randomUUID(), occurredAt: new Date().toISOString(), ...signal };
    return this.call('signals', 'POST', '/v1/signals', said, { headers: { prefer: 'wait=10' } });
  }

  terminate(
    employeeId: string,
    more: Record<string, unknown> = {},
    options?: CallOptions,
  ): Promise<{ signalId: string; revocationId?: string | null }> {
    const signal = {
      type: 'employment.terminated',
      eventId: `termination-of-${employeeId}`,
      subject: { employeeId },
      occurredAt: new Date().toISOString(),
      ...more,
    };
    return this.call('signals', 'POST', '/v1/signals', signal, options);
  }
}

/** `work` on each item, so many at once. */
export async function inTurns<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(atOnce, items.length) }, async () => {
      for (let index = next++; index < items.length; index = next++) await work(items[index]!, index);
    }),
  );
}
