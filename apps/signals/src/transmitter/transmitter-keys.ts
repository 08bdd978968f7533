import { Problem } from '@curfew/contracts';
import { InjectLogger, type Logger } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Transmitter } from './transmitter.js';
import { TransmitterClient } from './transmitter.client.js';

const LIMIT_MS = 2_000;
const KEPT_MS = 10 * 60_000;
/** However many tokens name keys nobody has, the transmitter is not asked more often. */
const COOL_MS = 5_000;
/** What names a key, and is neither a path, an address nor a query. */
const KID = /^(?!.*\.\.)[\w.~+/=-]{1,200}$/;

interface KeySet {
  readonly keys: Promise<JWTVerifyGetKey>;
  /** When it was asked for. */
  readonly at: number;
}

/** The keys transmitters sign with, from where they publish them and from nowhere a token names. */
@Injectable()
export class TransmitterKeys {
  private readonly cache = new LRUCache<string, KeySet>({ max: 1_000 });

  constructor(
    private readonly client: TransmitterClient,
    @InjectLogger() private readonly log: Logger,
  ) {}

  /** The key throws `set_invalid_key`, or `unavailable` where the transmitter does not answer: it is to send again. */
  of({ transmitterId, jwksUri }: Pick<Transmitter, 'transmitterId' | 'jwksUri'>): JWTVerifyGetKey {
    const name = `${transmitterId} ${jwksUri}`;
    return async (header, token) => {
      if (header?.kid !== undefined && !KID.test(header.kid))
        throw new Problem('set_invalid_key', 'kid is no name of a key');
      const known = await this.keysOf(name, jwksUri, KEPT_MS);
      try {
        return await known(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      }
      const fresh = await this.keysOf(name, jwksUri, COOL_MS);
      return fresh(header, token);
    };
  }

  /** Asked for no longer ago than that. */
  private async keysOf(name: string, jwksUri: string, ageMs: number): Promise<JWTVerifyGetKey> {
    let set = this.cache.get(name);
    if (!set || Date.now() - set.at >= ageMs)
      this.cache.set(name, (set = { keys: this.fetch(jwksUri), at: Date.now() }));
    try {
      return await set.keys;
    } catch (error) {
      this.log.warn({ err: error, jwksUri }, 'the keys of a transmitter can not be had');
      if (this.cache.peek(name) === set) this.cache.delete(name);
      throw new Problem('unavailable', 'The keys of the transmitter can not be had right now');
    }
  }

  private async fetch(jwksUri: string): Promise<JWTVerifyGetKey> {
    const answer = await this.client.send(jwksUri, { method: 'GET', limitMs: LIMIT_MS });
    if (answer.status !== 200) throw new Error(`${jwksUri} answered ${answer.status}`);
    return createLocalJWKSet(answer.json() as JSONWebKeySet);
  }
}
