import {
  invalidField,
  Problem,
  TransmitterCreatedV1,
  TransmitterRemovedV1,
  TransmitterUpdatedV1,
} from '@curfew/contracts';
import { seal, unseal } from '@curfew/keys';
import { startedBy, UnitOfWork, type Tx } from '@curfew/messaging';
import { CheckDestination, InjectConfig, once, type IdempotentRequest, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { assertUsable, credentialsSealedFor, sealCredentials, type GivenCredentials } from './credentials.js';
import { Discover } from './discover.js';
import { PollStore } from './poll.store.js';
import {
  factsOf,
  metadataUri,
  mintPushSecret,
  mintTransmitterId,
  pushSecretSealedFor,
  type Transmitter,
} from './transmitter.js';
import {
  TransmitterStore,
  type NewTransmitter,
  type StoredTransmitter,
  type TransmitterSettings,
} from './transmitter.store.js';

interface Caller {
  readonly tenant: string;
  readonly actor: string;
}

/** With the secret it pushes with; no other answer holds it. */
export type TransmitterWithSecret = Transmitter & { readonly secret: string };

/** The answer that is kept for a repeated request must not hold the secret in the clear. */
interface Kept {
  readonly transmitter: Transmitter;
  readonly sealedSecret: string;
}

/** Registers, changes and removes transmitters of shared signals. */
@Injectable()
export class RegisterTransmitter {
  private readonly masterKey: Buffer;

  constructor(
    @InjectConfig() config: RunningConfig,
    private readonly unitOfWork: UnitOfWork,
    private readonly store: TransmitterStore,
    private readonly polls: PollStore,
    private readonly discover: Discover,
    private readonly destinations: CheckDestination,
  ) {
    this.masterKey = config.masterKey;
  }

  /** Without `jwksUri` it is asked for its metadata. Throws `transmitter_exists` and as `Discover` and `CheckDestination` do. */
  async register(
    { tenant, actor }: Caller,
    {
      jwksUri,
      credentials,
      ...given
    }: Omit<NewTransmitter, 'transmitterId' | 'jwksUri'> & {
      readonly jwksUri?: string;
      readonly credentials?: GivenCredentials;
    },
    request?: IdempotentRequest,
  ): Promise<TransmitterWithSecret> {
    metadataUri(given.issuer);
    await this.assertSound({ ...given, jwksUri, credentials });
    const found = jwksUri ?? (await this.discover.execute(given.issuer)).jwksUri;
    const kept = await this.unitOfWork.run(tenant, (tx) =>
      once(tx, request, async (): Promise<Kept> => {
        const transmitterId = mintTransmitterId();
        const sealedSecret = this.newSecret(tenant, transmitterId);
        const sealedCredentials = credentials ? this.sealed(tenant, transmitterId, credentials) : null;
        const settings = { ...given, transmitterId, jwksUri: found };
        const stored = await this.store.insert(tx, settings, sealedSecret, sealedCredentials);
        if (!stored) throw new Problem('transmitter_exists', given.name);
        await this.poll(tx, stored);
        const { transmitter } = stored;
        tx.publish(TransmitterCreatedV1, {
          subject: transmitterId,
          cause: startedBy(actor),
          data: factsOf(transmitter),
        });
        return { transmitter, sealedSecret };
      }),
    );
    return this.reveal(tenant, kept);
  }

  /** Throws `transmitter_not_found`, `invalid_field` and as `CheckDestination` does. */
  async change(
    { tenant, actor }: Caller,
    transmitterId: string,
    { credentials, ...change }: Partial<TransmitterSettings> & { readonly credentials?: GivenCredentials },
  ): Promise<Transmitter> {
    await this.assertSound({ ...change, credentials });
    const sealed = credentials && this.sealed(tenant, transmitterId, credentials);
    return this.unitOfWork.run(tenant, async (tx) => {
      const stored = found(await this.store.change(tx, transmitterId, change, sealed));
      await this.poll(tx, stored);
      const { transmitter } = stored;
      tx.publish(TransmitterUpdatedV1, { subject: transmitterId, cause: startedBy(actor), data: factsOf(transmitter) });
      return transmitter;
    });
  }

  /** A new secret; the one before is taken for so many seconds more. Throws `transmitter_not_found`. */
  async rotate(
    { tenant, actor }: Caller,
    transmitterId: string,
    overlapSeconds: number,
    request?: IdempotentRequest,
  ): Promise<TransmitterWithSecret> {
    const kept = await this.unitOfWork.run(tenant, (tx) =>
      once(tx, request, async (): Promise<Kept> => {
        const sealedSecret = this.newSecret(tenant, transmitterId);
        const { transmitter } = found(await this.store.rotate(tx, transmitterId, sealedSecret, overlapSeconds));
        tx.publish(TransmitterUpdatedV1, {
          subject: transmitterId,
          cause: startedBy(actor),
          data: factsOf(transmitter),
        });
        return { transmitter, sealedSecret };
      }),
    );
    return this.reveal(tenant, kept);
  }

  /** Throws `transmitter_not_found`. */
  async remove({ tenant, actor }: Caller, transmitterId: string): Promise<void> {
    await this.unitOfWork.run(tenant, async (tx) => {
      const { name } = found(await this.store.remove(tx, transmitterId)).transmitter;
      await this.polls.set(tx, transmitterId, false);
      tx.publish(TransmitterRemovedV1, {
        subject: transmitterId,
        cause: startedBy(actor),
        data: { transmitterId, name },
      });
    });
  }

  private poll(tx: Tx, { transmitter }: StoredTransmitter): Promise<void> {
    return this.polls.set(tx, transmitter.transmitterId, transmitter.enabled && transmitter.pollUrl !== null);
  }

  private async assertSound({
    algorithms,
    jwksUri,
    pollUrl,
    credentials,
  }: Partial<TransmitterSettings> & { readonly credentials?: GivenCredentials }): Promise<void> {
    if (algorithms?.length === 0) throw invalidField('algorithms', 'must name one');
    if (jwksUri !== undefined) await this.destinations.assertAllowed('jwksUri', jwksUri);
    if (pollUrl) await this.destinations.assertAllowed('pollUrl', pollUrl);
    await assertUsable(this.destinations, 'credentials', credentials);
  }

  private sealed(tenant: string, transmitterId: string, credentials: GivenCredentials): string {
    return sealCredentials(this.masterKey, credentialsSealedFor(tenant, transmitterId), credentials);
  }

  private newSecret(tenant: string, transmitterId: string): string {
    return seal(this.masterKey, pushSecretSealedFor(tenant, transmitterId), mintPushSecret());
  }

  private reveal(tenant: string, { transmitter, sealedSecret }: Kept): TransmitterWithSecret {
    const purpose = pushSecretSealedFor(tenant, transmitter.transmitterId);
    return { ...transmitter, secret: unseal(this.masterKey, purpose, sealedSecret) };
  }
}

function found<T>(stored: T | undefined): T {
  if (!stored) throw new Problem('transmitter_not_found');
  return stored;
}
