import { createHash } from 'node:crypto';
import { Problem } from '@curfew/contracts';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { InjectLogger, type Logger } from '../logging.js';
import { Metrics } from '../metrics.js';

/** So many different keys that nobody has, from one address within a minute: no mistake any more, but guessing. */
const MOST = 100;
const WINDOW_MS = 60_000;
const MOST_ADDRESSES = 1_000;

interface Tried {
  readonly since: number;
  /** Digests: a mistyped key is nearly a key. */
  readonly keys: Set<string>;
}

/**
 * Unknown keys, by the address they come from as the socket has it: `X-Forwarded-For` says what its sender likes. One
 * wrong key that is tried for ever is one key; and who has a key is never kept out by who shares the address.
 */
@Injectable()
export class UnknownKeys {
  private readonly tried = new LRUCache<string, Tried>({ max: MOST_ADDRESSES });
  private readonly refused;
  private warnedAt = -Infinity;

  constructor(
    @InjectLogger() private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.refused = metrics.counter('curfew_unknown_keys_total', 'Requests with an API key that nobody has', ['status']);
  }

  /** Whether the next unknown key from there is one too many. */
  isGuessing(address: string, now = performance.now()): boolean {
    return this.of(address, now).keys.size >= MOST;
  }

  /** Throws `unauthenticated`, or `too_many_unknown_keys` once there were as many. */
  refuse(address: string, key: string, now = performance.now()): never {
    const { since, keys } = this.of(address, now);
    const guessing = keys.size >= MOST;
    this.refused.inc({ status: guessing ? 429 : 401 });
    if (!guessing) {
      keys.add(createHash('sha256').update(key).digest('base64').slice(0, 12));
      throw new Problem('unauthenticated');
    }
    if (now - this.warnedAt >= WINDOW_MS) {
      this.warnedAt = now;
      this.log.warn({ address }, 'API keys are being guessed');
    }
    throw new Problem('too_many_unknown_keys', undefined, {
      retryAfterSeconds: Math.ceil((since + WINDOW_MS - now) / 1000),
    });
  }

  private of(address: string, now: number): Tried {
    let tried = this.tried.get(address);
    if (!tried || now - tried.since >= WINDOW_MS)
      this.tried.set(address, (tried = { since: now, keys: new Set<string>() }));
    return tried;
  }
}
