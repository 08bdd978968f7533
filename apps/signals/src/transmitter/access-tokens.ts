import { createHash } from 'node:crypto';
import { Problem } from '@curfew/contracts';
import { unseal } from '@curfew/keys';
import { InjectConfig, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { credentialsSealedFor, type Credentials } from './credentials.js';
import { TransmitterClient } from './transmitter.client.js';
import type { StoredTransmitter } from './transmitter.store.js';

const LIMIT_MS = 5_000;
/** One that is about to run out is not begun with. */
const EARLY_SECONDS = 30;
const USUAL_SECONDS = 300;

/** What is sent as `Authorization` where a transmitter is asked for something. */
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

  /** Undefined: it has no credentials there. Throws `transmitter_refused`; rejects where the OAuth server does not answer. */
  async of(tenant: string, { transmitter, sealedCredentials }: StoredTransmitter): Promise<string | undefined> {
    if (sealedCredentials === null) return undefined;
    const purpose = credentialsSealedFor(tenant, transmitter.transmitterId);
    const credentials = JSON.parse(unseal(this.masterKey, purpose, sealedCredentials)) as Credentials;
    if ('token' in credentials) return credentials.token;
    const name = createHash('sha256').update(sealedCredentials).digest('hex');
    const known = this.tokens.get(name);
    if (known !== undefined) return known;
    const { token, seconds } = await this.ask(credentials);
    if (seconds > EARLY_SECONDS) this.tokens.set(name, token, { ttl: (seconds - EARLY_SECONDS) * 1000 });
    return token;
  }

  /** It was refused: the next is a new one. */
  forget({ sealedCredentials }: StoredTransmitter): void {
    if (sealedCredentials !== null) this.tokens.delete(createHash('sha256').update(sealedCredentials).digest('hex'));
  }

  /** RFC 6749 §4.4, by HTTP Basic (§2.3.1). */
  private async ask({
    clientId,
    clientSecret,
    tokenEndpoint,
    scope,
  }: Exclude<Credentials, { token: string }>): Promise<{ token: string; seconds: number }> {
    const basic = [clientId, clientSecret].map(encodeURIComponent).join(':');
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) });
    const answer = await this.client.send(tokenEndpoint, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(basic).toString('base64')}`,
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
