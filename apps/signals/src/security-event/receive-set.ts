import { createHash, timingSafeEqual } from 'node:crypto';
import { Problem } from '@curfew/contracts';
import { unseal } from '@curfew/keys';
import { UnitOfWork } from '@curfew/messaging';
import { bearerToken, InjectConfig, InjectLogger, type Logger, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { pushSecretSealedFor } from '../transmitter/transmitter.js';
import { TransmitterStore, type StoredTransmitter } from '../transmitter/transmitter.store.js';
import { TakeInSet } from './take-in-set.js';

/** A token that is pushed to the address of a transmitter (RFC 8935). */
@Injectable()
export class ReceiveSet {
  private readonly masterKey: Buffer;

  constructor(
    @InjectConfig() config: RunningConfig,
    private readonly unitOfWork: UnitOfWork,
    private readonly transmitters: TransmitterStore,
    private readonly takeIn: TakeInSet,
    @InjectLogger() private readonly log: Logger,
  ) {
    this.masterKey = config.masterKey;
  }

  /** Throws `set_authentication_failed` whatever is wrong with who sends it, and as `TakeInSet` does. */
  async execute(transmitterId: string, authorization: string | undefined, token: string): Promise<void> {
    const tenant = await this.transmitters.tenantOf(transmitterId);
    const stored = tenant && (await this.unitOfWork.run(tenant, (tx) => this.transmitters.get(tx, transmitterId)));
    if (!tenant || !stored) {
      this.log.warn({ transmitterId }, 'a security event came for a transmitter there is none of');
      throw new Problem('set_authentication_failed');
    }
    const { transmitter } = stored;
    const distrust = transmitter.enabled ? this.distrustOf(tenant, stored, authorization) : 'transmitter disabled';
    if (distrust) {
      await this.takeIn.refuse(tenant, transmitter, token, new Problem('set_authentication_failed', distrust));
      throw new Problem('set_authentication_failed');
    }
    await this.takeIn.execute(tenant, transmitter, token);
  }

  /** For the audit trail: its sender is not told which. */
  private distrustOf(
    tenant: string,
    { transmitter, secrets }: StoredTransmitter,
    authorization: string | undefined,
  ): string | undefined {
    if (authorization === undefined && transmitter.tolerates.includes('no-authorization')) return undefined;
    const given = bearerToken(authorization);
    if (given === undefined) return 'no bearer token';
    const purpose = pushSecretSealedFor(tenant, transmitter.transmitterId);
    const matches = secrets.map((sealed) => timingSafeEqual(sum(unseal(this.masterKey, purpose, sealed)), sum(given)));
    return matches.includes(true) ? undefined : 'wrong bearer token';
  }
}

/** Of one length, so that they can be compared in constant time. */
const sum = (text: string): Buffer => createHash('sha256').update(text).digest();
