import { createHash } from 'node:crypto';
import { Problem } from '@curfew/contracts';
import { unseal } from '@curfew/keys';
import { InjectConfig, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Credentials, OAuthClient } from './credentials.js';
import { TransmitterClient } from './transmitter.client.js';

const LIMIT_MS = 5_000;
/** One that is about to run out is not begun with. */
const EARLY_SECONDS = 30;
const USUAL_SECONDS = 300;

/** What is sent as `Authorization` where somebody else's API is asked for something. */
@Injectable()
export class AccessTokens {
  private readonly masterKey: Buffer;
  private readonly tokens = new LRUCache<string, string>({ max: 1_000 });

  constructor(
    @InjectConfig() config: RunningConfig,
    private readonly client: TransmitterClient,
  ) {
    this.masterKey = config.masterKey;
  }

  /**
   * `sealedFor`: what the credentials were sealed for. Undefined: there are none. Throws `transmitter_refused`; rejects
   * where the OAuth server does not answer.
   */
  async of(sealedFor: string, sealed: string | null): Promise<string | undefined> {
    if (sealed === null) return undefined;
    const credentials = JSON.parse(unseal(this.masterKey, sealedFor, sealed)) as Credentials;
    if ('token' in credentials) return `Bearer ${credentials.token}`;
    if ('user' in credentials) return basic(credentials.user, credentials.password);
    const known = this.tokens.get(nameOf(sealed));
    if (known !== undefined) return `Bearer ${known}`;
    const { token, seconds } = await this.ask(credentials);
    if (seconds > EARLY_SECONDS) this.tokens.set(nameOf(sealed), token, { ttl: (seconds - EARLY_SECONDS) * 1000 });
    return `Bearer ${token}`;
  }

  /** It was refused: the next is a new one. */
  forget(sealed: string | null): void {
    if (sealed !== null) this.tokens.delete(nameOf(sealed));
  }

  /** RFC 6749 §4.4, by HTTP Basic (§2.3.1). */
  private async ask({
    clientId,
    clientSecret,
    tokenEndpoint,
    scope,
  }: OAuthClient): Promise<{ token: string; seconds: number }> {
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) });
    const answer = await this.client.send(tokenEndpoint, {
      method: 'POST',
      headers: {
        authorization: basic(encodeURIComponent(clientId), encodeURIComponent(clientSecret)),
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: form.toString(),
      limitMs: LIMIT_MS,
    });
    if (answer.status !== 200) throw new Problem('transmitter_refused', `${tokenEndpoint} answered ${answer.status}`);
    const { access_token: token, expires_in: seconds } = answer.json() as Record<string, unknown>;
    if (typeof token !== 'string') throw new Problem('transmitter_refused', `${tokenEndpoint} gave no access token`);
    return { token, seconds: typeof seconds === 'number' ? seconds : USUAL_SECONDS };
  }
}

const nameOf = (sealed: string): string => createHash('sha256').update(sealed).digest('hex');

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
