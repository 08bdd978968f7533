import {
  ApplicationRegisteredV1,
  ApplicationRemovalAskedV1,
  ApplicationRemovedV1,
  ApplicationStateV1,
  ApplicationUpdatedV1,
  invalidField,
  Problem,
  type ApplicationRemovalDecidedV1,
} from '@curfew/contracts';
import { causedBy, exclusive, startedBy, UnitOfWork, type Cause, type Tx } from '@curfew/messaging';
import { CheckDestination, once, until, type IdempotentRequest } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { v7 as uuidv7 } from 'uuid';
import type { Application } from './application.js';
import { ApplicationStore } from './application.store.js';

const REMOVAL_WITHIN_MS = 10_000;

interface Caller {
  readonly tenant: string;
  readonly actor: string;
}

/** Registers, changes and removes applications, and tells the other services. */
@Injectable()
export class RegisterApplication {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: ApplicationStore,
    private readonly checkDestination: CheckDestination,
  ) {}

  /** Throws `application_exists`, and what `CheckDestination` throws. */
  async register(
    { tenant, actor }: Caller,
    application: Application,
    request?: IdempotentRequest,
  ): Promise<Application> {
    await this.check(application);
    return this.unitOfWork.run(tenant, (tx) =>
      once(tx, request, async () => {
        const registered = await this.store.insert(tx, application);
        if (!registered) throw new Problem('application_exists', application.clientId);
        publish(tx, ApplicationRegisteredV1, registered, startedBy(actor));
        return registered;
      }),
    );
  }

  /** Throws `application_not_found`, and what `CheckDestination` throws. */
  async change(
    { tenant, actor }: Caller,
    clientId: string,
    change: (application: Application) => Application,
  ): Promise<Application> {
    const before = await this.unitOfWork.run(tenant, (tx) => this.store.get(tx, clientId));
    if (!before) throw new Problem('application_not_found');
    await this.check(change(before)); // resolves names: not while a transaction is open
    return this.unitOfWork.run(
      tenant,
      async (tx) => {
        const current = await this.store.get(tx, clientId);
        if (!current) throw new Problem('application_not_found');
        const changed = await this.store.update(tx, change(current));
        publish(tx, ApplicationUpdatedV1, changed, startedBy(actor));
        return changed;
      },
      [exclusive('application', tenant, clientId)],
    );
  }

  /** Asks the registry, which knows the sessions. Throws `application_not_found`, `application_has_sessions`, `unavailable`. */
  async remove(
    { tenant, actor }: Caller,
    clientId: string,
    endSessions: boolean,
  ): Promise<{ revocationId: string | null }> {
    const removalId = uuidv7();
    await this.unitOfWork.run(tenant, async (tx) => {
      if (!(await this.store.get(tx, clientId))) throw new Problem('application_not_found');
      await this.store.askRemoval(tx, removalId, clientId);
      tx.publish(ApplicationRemovalAskedV1, {
        subject: clientId,
        cause: { actor, correlationId: removalId },
        data: { removalId, clientId, endSessions },
      });
    });
    const decided = await until(
      () => this.unitOfWork.run(tenant, (tx) => this.store.removalDecision(tx, removalId)),
      REMOVAL_WITHIN_MS,
    );
    if (!decided) throw new Problem('unavailable', 'The registry has not answered yet; the removal goes on');
    if (!decided.removed)
      throw new Problem('application_has_sessions', undefined, { liveSessions: decided.liveSessions });
    return { revocationId: decided.revocationId };
  }

  async removalDecided(event: ApplicationRemovalDecidedV1, tx: Tx): Promise<void> {
    const { removalId, clientId, removed, liveSessions, revocationId } = event.data;
    await this.store.decideRemoval(tx, removalId, removed, liveSessions, revocationId);
    const application = removed ? await this.store.remove(tx, clientId) : undefined;
    if (!application) return;
    const cause = causedBy(event);
    tx.publish(ApplicationRemovedV1, { subject: clientId, cause, data: { clientId, name: application.name } });
    tx.publish(ApplicationStateV1, { subject: clientId, cause, data: { ...factsOf(application), removed: true } });
  }

  private async check({ backchannelLogoutUri, jwks, jwksUri, tls }: Application): Promise<void> {
    if (backchannelLogoutUri !== null)
      await this.checkDestination.assertAllowed('backchannelLogoutUri', backchannelLogoutUri);
    if (jwksUri !== null) await this.checkDestination.assertAllowed('jwksUri', jwksUri);
    if (jwks !== null) assertKeySet(jwks);
    if (tls && (tls.cert === undefined) !== (tls.key === undefined))
      throw invalidField('tls', 'cert and key belong together');
  }
}

function assertKeySet(jwks: JSONWebKeySet): void {
  try {
    createLocalJWKSet(jwks);
  } catch {
    throw invalidField('jwks', 'must be a JSON Web Key Set');
  }
  if (jwks.keys.some((key) => 'd' in key || key.kty === 'oct'))
    throw invalidField('jwks', 'must hold public keys only');
}

const factsOf = ({
  clientId,
  name,
  backchannelLogoutUri,
  clockSkewSeconds,
  deadlineSeconds,
  version,
}: Application) => ({
  clientId,
  name,
  backchannelLogoutUri,
  clockSkewSeconds,
  deadlineSeconds,
  version,
});

function publish(
  tx: Tx,
  definition: typeof ApplicationRegisteredV1 | typeof ApplicationUpdatedV1,
  application: Application,
  cause: Cause,
): void {
  const data = factsOf(application);
  tx.publish(definition, { subject: application.clientId, cause, data });
  tx.publish(ApplicationStateV1, { subject: application.clientId, cause, data: { ...data, removed: false } });
}
