import {
  invalidField,
  Problem,
  SourceCreatedV1,
  SourceRemovedV1,
  SourceSecretRotatedV1,
  SourceUpdatedV1,
} from '@curfew/contracts';
import { seal, unseal } from '@curfew/keys';
import { startedBy, UnitOfWork } from '@curfew/messaging';
import { InjectConfig, once, type IdempotentRequest, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { Mappings, mappingNamed, type Mapping } from '../mapping/mapping.js';
import { mintSecret, mintSourceId, sealedFor, type Source } from './source.js';
import { SourceStore, type NewSource, type SourceChange } from './source.store.js';

interface Caller {
  readonly tenant: string;
  readonly actor: string;
}

/** With the secret that its sender signs with; no other answer holds it. */
export type SourceWithSecret = Source & { readonly secret: string };

/** The answer that is kept for a repeated request must not hold the secret in the clear. */
interface Kept {
  readonly source: Source;
  readonly sealedSecret: string;
}

/** Registers, changes and removes sources of webhooks. */
@Injectable()
export class RegisterSource {
  private readonly masterKey: Buffer;

  constructor(
    @InjectConfig() config: RunningConfig,
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SourceStore,
    private readonly mappings: Mappings,
  ) {
    this.masterKey = config.masterKey;
  }

  /**
   * `givenSecret`: the one its system signs with, where that has it made up. Throws `invalid_field` for a mapping there is
   * none of, or that does not know how its system signs; `source_exists`.
   */
  async register(
    { tenant, actor }: Caller,
    given: NewSource,
    givenSecret?: string,
    request?: IdempotentRequest,
  ): Promise<SourceWithSecret> {
    const mapping = mappingNamed(this.mappings, given.mapping);
    assertSigns(mapping, given);
    const secret = secretOf(mapping, given, givenSecret);
    const kept = await this.unitOfWork.run(tenant, (tx) =>
      once(tx, request, async (): Promise<Kept> => {
        const sourceId = mintSourceId();
        const sealedSecret = this.sealed(tenant, sourceId, secret);
        const stored = await this.store.insert(tx, { sourceId, ...given }, sealedSecret);
        if (!stored) throw new Problem('source_exists', given.name);
        tx.publish(SourceCreatedV1, { subject: sourceId, cause: startedBy(actor), data: factsOf(stored.source) });
        return { source: stored.source, sealedSecret };
      }),
    );
    return this.reveal(tenant, kept);
  }

  /** Throws `invalid_field`, `source_not_found`. */
  async change({ tenant, actor }: Caller, sourceId: string, change: SourceChange): Promise<Source> {
    const mapping = change.mapping === undefined ? undefined : mappingNamed(this.mappings, change.mapping);
    return this.unitOfWork.run(tenant, async (tx) => {
      const source = found(await this.store.change(tx, sourceId, change));
      if (mapping) assertSigns(mapping, source);
      tx.publish(SourceUpdatedV1, { subject: sourceId, cause: startedBy(actor), data: factsOf(source) });
      return source;
    });
  }

  /** A new secret; the one before is taken for so many seconds more. Throws `invalid_field`, `source_not_found`. */
  async rotate(
    { tenant, actor }: Caller,
    sourceId: string,
    overlapSeconds: number,
    givenSecret?: string,
    request?: IdempotentRequest,
  ): Promise<SourceWithSecret> {
    const kept = await this.unitOfWork.run(tenant, (tx) =>
      once(tx, request, async (): Promise<Kept> => {
        const before = found(await this.store.get(tx, sourceId));
        const secret = secretOf(mappingNamed(this.mappings, before.mapping), before, givenSecret);
        const sealedSecret = this.sealed(tenant, sourceId, secret);
        const source = found(await this.store.rotate(tx, sourceId, sealedSecret, overlapSeconds));
        const { name, previousSecretUntil } = source;
        tx.publish(SourceSecretRotatedV1, {
          subject: sourceId,
          cause: startedBy(actor),
          data: { sourceId, name, previousSecretUntil: previousSecretUntil?.toISOString() ?? null },
        });
        return { source, sealedSecret };
      }),
    );
    return this.reveal(tenant, kept);
  }

  /** Throws `source_not_found`. */
  async remove({ tenant, actor }: Caller, sourceId: string): Promise<void> {
    await this.unitOfWork.run(tenant, async (tx) => {
      const { name } = found(await this.store.remove(tx, sourceId));
      tx.publish(SourceRemovedV1, { subject: sourceId, cause: startedBy(actor), data: { sourceId, name } });
    });
  }

  private sealed(tenant: string, sourceId: string, secret: string): string {
    return seal(this.masterKey, sealedFor(tenant, sourceId), secret);
  }

  private reveal(tenant: string, { source, sealedSecret }: Kept): SourceWithSecret {
    return { ...source, secret: unseal(this.masterKey, sealedFor(tenant, source.sourceId), sealedSecret) };
  }
}

function found(stored: { readonly source: Source } | undefined): Source {
  if (!stored) throw new Problem('source_not_found');
  return stored.source;
}

function assertSigns(mapping: Mapping, { signing }: Pick<Source, 'signing'>): void {
  if (signing === 'vendor' && !mapping.signature)
    throw invalidField('signing', `${mapping.name} does not know how its system signs`);
}

/** Whoever signs by Standard Webhooks has a secret made here. */
function secretOf(mapping: Mapping, { signing }: Pick<Source, 'signing'>, given: string | undefined): string {
  const basic = signing === 'vendor' && mapping.signature?.scheme === 'basic';
  if (given === undefined) return basic ? `curfew:${mintSecret()}` : mintSecret();
  if (signing === 'standard') throw invalidField('secret', 'is made here for a source that signs by Standard Webhooks');
  if (basic && !given.includes(':')) throw invalidField('secret', 'must be user:password');
  return given;
}

const factsOf = ({ sourceId, name, kind, mapping, signing, enabled }: Source) => ({
  ...{ sourceId, name, kind, mapping, signing, enabled },
});
