import { Problem } from '@curfew/contracts';
import { InjectConfig, issuerFor, originOf, type RunningConfig } from '@curfew/runtime';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { Agent } from 'undici';
import {
  ConsoleSessions,
  SessionRefused,
  type ConsoleApplication,
  type ConsoleSession,
  type Ending,
} from './console-sessions.client.js';
import type { LoggedOut } from './identity-provider.client.js';
import { verifyLogoutToken } from './logout-token.js';

const PATIENCE_MS = 10_000;

interface Answer {
  readonly status: number;
  readonly body: {
    readonly id: string;
    readonly sid: string;
    readonly active: boolean;
    readonly expiresAt: string;
    readonly idleExpiresAt: string | null;
    readonly code?: string;
  };
}

@Injectable()
export class HttpConsoleSessions extends ConsoleSessions implements OnApplicationShutdown {
  private readonly agent = new Agent({ connections: 8, headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });
  private readonly keys = new LRUCache<string, JWTVerifyGetKey>({ max: 1_000 });

  constructor(@InjectConfig() private readonly config: RunningConfig) {
    super();
  }

  override async open(
    application: ConsoleApplication,
    { subject, authenticatedAt, ip, userAgent, sid }: Parameters<ConsoleSessions['open']>[1],
  ): Promise<ConsoleSession> {
    const { status, body } = await this.ask(application, 'POST', '/v1/sessions', {
      subject,
      clientId: application.clientId,
      authenticatedAt: authenticatedAt.toISOString(),
      ...(ip === null ? {} : { ip }),
      ...(userAgent === null ? {} : { userAgent: userAgent.slice(0, 512) }),
      ...(sid === undefined ? {} : { sid }),
    });
    if (status >= 300) throw new SessionRefused(body.code ?? 'unknown');
    return { id: body.id, sid: body.sid, ends: endOf(body) };
  }

  override async touch(application: ConsoleApplication, sessionId: string): Promise<Ending | undefined> {
    const { status, body } = await this.ask(application, 'POST', `/v1/sessions/${sessionId}/activity`);
    return status < 300 && body.active ? endOf(body) : undefined;
  }

  override async end(application: ConsoleApplication, sessionId: string): Promise<void> {
    await this.ask(application, 'DELETE', `/v1/sessions/${sessionId}`);
  }

  override async readLogoutToken({ tenant, clientId }: ConsoleApplication, token: string): Promise<LoggedOut> {
    let keys = this.keys.get(tenant);
    if (!keys) {
      keys = createRemoteJWKSet(new URL(`${issuerFor(tenant, originOf(this.config, 'fanout'))}/jwks.json`));
      this.keys.set(tenant, keys);
    }
    return verifyLogoutToken(token, keys, { issuer: issuerFor(tenant, this.config.issuer), clientId });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  /** Throws `unavailable` for what is no answer. */
  private async ask(
    { key }: ConsoleApplication,
    method: 'POST' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<Answer> {
    const response = await this.agent.request({
      origin: originOf(this.config, 'registry'),
      method,
      path,
      headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const answer = { status: response.statusCode, body: (await response.body.json()) as Answer['body'] };
    if (answer.status >= 500) throw new Problem('unavailable', 'the registry does not answer');
    return answer;
  }
}

function endOf({ expiresAt, idleExpiresAt }: Answer['body']): Ending {
  const idleFirst = idleExpiresAt !== null && idleExpiresAt < expiresAt;
  return { at: new Date(idleFirst ? idleExpiresAt : expiresAt), by: idleFirst ? 'idle' : 'absolute' };
}
