import { Injectable } from '@nestjs/common';
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Application } from './application.js';
import { ApplicationClient } from './application.client.js';

const FETCH_LIMIT_MS = 2_000;
const KEPT_MS = 10 * 60_000;

/** The keys an application's receipts are verified with: registered, or fetched from where it publishes them. */
@Injectable()
export class ReceiptKeys {
  private readonly local = new LRUCache<string, JWTVerifyGetKey>({ max: 2_000 });
  private readonly fetched = new LRUCache<string, JWTVerifyGetKey>({ max: 2_000, ttl: KEPT_MS });

  constructor(private readonly client: ApplicationClient) {}

  /** Undefined when it has registered none. */
  of(application: Application): JWTVerifyGetKey | undefined {
    const { jwks, jwksUri } = application;
    const name = `${application.tenant}\u0000${application.clientId}\u0000${application.version}`;
    if (jwks) return cached(this.local, name, jwks);
    if (jwksUri === null) return undefined;
    return async (header, token) => {
      const known = this.fetched.get(name);
      try {
        if (known) return await known(header, token);
      } catch {
        // a key it did not have a moment ago: it is fetched again
      }
      const answer = await this.client.get(application, jwksUri, FETCH_LIMIT_MS);
      return cached(this.fetched, name, JSON.parse(answer.body.toString('utf8')) as JSONWebKeySet, true)(header, token);
    };
  }
}

function cached(
  cache: LRUCache<string, JWTVerifyGetKey>,
  name: string,
  jwks: JSONWebKeySet,
  renew = false,
): JWTVerifyGetKey {
  let keys = renew ? undefined : cache.get(name);
  if (!keys) cache.set(name, (keys = createLocalJWKSet(jwks)));
  return keys;
}
