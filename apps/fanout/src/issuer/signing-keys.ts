import { invalidField, SigningKeyRotatedV1 } from '@curfew/contracts';
import { KeyStore, SIGNING_ALGORITHMS, type Rotation, type SigningAlgorithm, type SigningKey } from '@curfew/keys';
import { startedBy, UnitOfWork } from '@curfew/messaging';
import { InjectConfig, once, type IdempotentRequest, type Principal, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { JWK } from 'jose';

/** A key that another instance rotated in is used this much later at the most. */
const BELIEVED_MS = 5_000;

/** The keys logout tokens are signed with, kept in memory for a few seconds. */
@Injectable()
export class SigningKeys {
  private readonly store: KeyStore;
  private readonly current_ = new LRUCache<string, Promise<SigningKey>>({ max: 5_000, ttl: BELIEVED_MS });
  private readonly last = new LRUCache<string, SigningKey>({ max: 5_000 });

  constructor(
    @InjectConfig() config: RunningConfig,
    private readonly unitOfWork: UnitOfWork,
  ) {
    this.store = new KeyStore(config.masterKey);
  }

  /** While one is read anew the last one goes on signing: no delivery waits for the look-up. */
  current(tenant: string, alg: SigningAlgorithm): Promise<SigningKey> {
    const name = `${tenant}\u0000${alg}`;
    const known = this.current_.get(name);
    if (known) return known;
    const read = this.unitOfWork
      .run(tenant, (tx) => this.store.current(tx, alg))
      .then((key) => {
        this.last.set(name, key);
        return key;
      });
    this.current_.set(name, read);
    read.catch(() => this.current_.delete(name));
    const last = this.last.get(name);
    return last ? Promise.resolve(last) : read;
  }

  published(tenant: string): Promise<JWK[]> {
    return this.unitOfWork.run(tenant, async (tx) => {
      await this.store.current(tx, 'RS256');
      return this.store.published(tx);
    });
  }

  /** Throws `invalid_field`: what is compromised must not go on signing. */
  async rotate(
    { tenant, actor }: Principal,
    alg: SigningAlgorithm,
    rotation: Rotation,
    request?: IdempotentRequest,
  ): Promise<{ kid: string; previousKid: string | null }> {
    const { activateAfterSeconds, compromised } = rotation;
    if (compromised && activateAfterSeconds > 0)
      throw invalidField('activateAfterSeconds', 'can not be above 0 when the old key is compromised');
    const rotated = await this.unitOfWork.run(tenant, (tx) =>
      once(tx, request, async () => {
        const { key, previousKid, withdrawnKids } = await this.store.rotate(tx, alg, rotation);
        tx.publish(SigningKeyRotatedV1, {
          subject: key.kid,
          cause: startedBy(actor),
          data: {
            kid: key.kid,
            alg,
            previousKid,
            activatesAt: new Date(Date.now() + activateAfterSeconds * 1000).toISOString(),
            ...(compromised ? { withdrawnKids } : {}),
          },
        });
        return { kid: key.kid, previousKid };
      }),
    );
    for (const one of SIGNING_ALGORITHMS) {
      this.current_.delete(`${tenant}\u0000${one}`);
      if (activateAfterSeconds === 0) this.last.delete(`${tenant}\u0000${one}`);
    }
    return rotated;
  }
}
