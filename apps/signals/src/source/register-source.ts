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
import { CheckDestination, InjectConfig, once, type IdempotentRequest, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { Mappings, mappingNamed, type Mapping } from '../mapping/mapping.js';
import { assertUsable, sealCredentials, type GivenCredentials } from '../transmitter/credentials.js';
import { ErrandStore } from './errand.store.js';
import { apiSealedFor, mintSecret, mintSourceId, sealedFor, type Source } from './source.js';
import { SourceStore, type NewSource, type SourceChange } from './source.store.js';

interface Caller {
  readonly tenant: string;
  readonly actor: string;
}

/** With the secret that its sender signs with, of one that sends; no other answer holds it. */
export type SourceWithSecret = Source & { readonly secret: string | null };

/** Where its API is, and how we say who we are there. */
export interface GivenApi {
  readonly url: string;
  readonly credentials?: GivenCredentials;
}

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
    private readonly errands: ErrandStore,
    private readonly destinations: CheckDestination,
  ) {
    this.masterKey = config.masterKey;
  }

  /**
   * `givenSecret`: the one its system signs with, where that has it made up. Throws `invalid_field` for a mapping there is
   * none of, or that does not know how its system signs or is asked; `source_exists`, and as `CheckDestination` does.
   */
  async register(
    { tenant, actor }: Caller,
    { api, ...given }: Omit<NewSource, 'apiUrl'> & { readonly api?: GivenApi | undefined },
    givenSecret?: string,
    request?: IdempotentRequest,
  ): Promise<SourceWithSecret> {
    const mapping = mappingNamed(this.mappings, given.mapping);
    assertFits(mapping, { ...given, apiUrl: api?.url ?? null });
    await this.assertSound(api);
    const secret = secretOf(mapping, given, givenSecret);
    const kept = await this.unitOfWork.run(tenant, (tx) =>
      once(tx, request, async (): Promise<Kept> => {
        const sourceId = mintSourceId();
        const sealedSecret = this.sealed(tenant, sourceId, secret);
        const sealedCredentials = this.sealedCredentials(tenant, sourceId, api);
        const source = { sourceId, ...given, apiUrl: api?.url ?? null };
        const stored = await this.store.insert(tx, source, sealedSecret, sealedCredentials);
        if (!stored) throw new Problem('source_exists', given.name);
        if (given.kind === 'poll') await this.errands.poll(tx, sourceId);
        tx.publish(SourceCreatedV1, { subject: sourceId, cause: startedBy(actor), data: factsOf(stored.source) });
        return { source: stored.source, sealedSecret };
      }),
    );
    return this.reveal(tenant, kept);
  }

  /** Throws `invalid_field`, `source_not_found`, and as `CheckDestination` does. */
  async change(
    { tenant, actor }: Caller,
    sourceId: string,
    { api, ...given }: Omit<SourceChange, 'apiUrl'> & { readonly api?: GivenApi | undefined },
  ): Promise<Source> {
    const change: SourceChange = { ...given, ...(api ? { apiUrl: api.url } : {}) };
    await this.assertSound(api);
    if (change.mapping !== undefined) mappingNamed(this.mappings, change.mapping);
    return this.unitOfWork.run(tenant, async (tx) => {
      const sealed = this.sealedCredentials(tenant, sourceId, api);
      const source = found(await this.store.change(tx, sourceId, change, sealed));
      const mapping = this.mappings.get(source.mapping);
      if (mapping) assertFits(mapping, source);
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
        if (before.kind === 'poll') throw invalidField('kind', 'is poll: it sends nothing that would be signed');
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
      await this.errands.removeOf(tx, sourceId);
      tx.publish(SourceRemovedV1, { subject: sourceId, cause: startedBy(actor), data: { sourceId, name } });
    });
  }

  private sealed(tenant: string, sourceId: string, secret: string): string {
    return seal(this.masterKey, sealedFor(tenant, sourceId), secret);
  }

  private sealedCredentials(tenant: string, sourceId: string, api: GivenApi | undefined): string | null {
    if (!api?.credentials) return null;
    return sealCredentials(this.masterKey, apiSealedFor(tenant, sourceId), api.credentials);
  }

  private async assertSound(api: GivenApi | undefined): Promise<void> {
    if (!api) return;
    await this.destinations.assertAllowed('api.url', api.url);
    if (new URL(api.url).search !== '') throw invalidField('api.url', 'must not have a query: the mapping has it');
    await assertUsable(this.destinations, 'api.credentials', api.credentials);
  }

  private reveal(tenant: string, { source, sealedSecret }: Kept): SourceWithSecret {
    if (source.kind === 'poll') return { ...source, secret: null };
    return { ...source, secret: unseal(this.masterKey, sealedFor(tenant, source.sourceId), sealedSecret) };
  }
}

function found(stored: { readonly source: Source } | undefined): Source {
  if (!stored) throw new Problem('source_not_found');
  return stored.source;
}

function assertFits(
  { name, signature, ask }: Mapping,
  { kind, signing, apiUrl }: Pick<Source, 'kind' | 'signing' | 'apiUrl'>,
): void {
  if (signing === 'vendor' && !signature) throw invalidField('signing', `${name} does not know how its system signs`);
  const polled = ask?.everySeconds !== undefined;
  if (polled !== (kind === 'poll')) throw invalidField('kind', `${name} is for ${polled ? 'a poll' : 'webhooks'}`);
  if (ask && apiUrl === null) throw invalidField('api', `${name} asks the API of its system`);
  if (!ask && apiUrl !== null) throw invalidField('api', `${name} asks nothing`);
}

/** Whoever signs by Standard Webhooks has a secret made here. */
function secretOf(mapping: Mapping, { signing }: Pick<Source, 'signing'>, given: string | undefined): string {
  const basic = signing === 'vendor' && mapping.signature?.scheme === 'basic';
  if (given === undefined) return basic ? `curfew:${mintSecret()}` : mintSecret();
  if (signing === 'standard') throw invalidField('secret', 'is made here for a source that signs by Standard Webhooks');
  if (basic && !given.includes(':')) throw invalidField('secret', 'must be user:password');
  return given;
}

const factsOf = ({ sourceId, name, kind, mapping, signing, apiUrl, enabled }: Source) => ({
  ...{ sourceId, name, kind, mapping, signing, enabled },
  ...(apiUrl === null ? {} : { apiUrl }),
});
