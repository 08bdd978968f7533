import { Injectable } from '@nestjs/common';
import { AccessTokens } from '../transmitter/access-tokens.js';
import { TransmitterClient } from '../transmitter/transmitter.client.js';
import { apiSealedFor } from './source.js';
import type { StoredSource } from './source.store.js';

/** Asks the API of a source: at its own address only, whatever an answer says comes next. */
@Injectable()
export class AskSource {
  constructor(
    private readonly client: TransmitterClient,
    private readonly tokens: AccessTokens,
  ) {}

  /** Rejects where nothing was answered that could be read. */
  async execute(
    tenant: string,
    { source, sealedCredentials }: StoredSource,
    uri: string,
    limitMs: number,
  ): Promise<object> {
    if (new URL(uri).origin !== new URL(source.apiUrl!).origin) throw new Error(`${uri} is not at ${source.apiUrl}`);
    const authorization = await this.tokens.of(apiSealedFor(tenant, source.sourceId), sealedCredentials);
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const answer = await this.client.send(uri, { method: 'GET', headers, limitMs });
    if (answer.status === 401) this.tokens.forget(sealedCredentials);
    if (answer.status !== 200) throw new Error(`${uri} answered ${answer.status}`);
    return answer.json() as object;
  }
}

export const addressOf = (apiUrl: string, path: string): string => `${apiUrl.replace(/\/$/, '')}${path}`;
