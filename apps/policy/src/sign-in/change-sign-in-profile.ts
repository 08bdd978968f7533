import { Problem, SignInProfileUpdatedV1 } from '@curfew/contracts';
import { UnitOfWork, type Tx } from '@curfew/messaging';
import { once, type IdempotentRequest, type Principal } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { changing } from './change-sign-in-policy.js';
import type { SignInProfile } from './sign-in-profile.js';
import { SignInProfileStore } from './sign-in-profile.store.js';

@Injectable()
export class ChangeSignInProfile {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SignInProfileStore,
  ) {}

  async create(caller: Principal, profile: SignInProfile, request?: IdempotentRequest): Promise<SignInProfile> {
    return this.unitOfWork.run(caller.tenant, (tx) =>
      once(tx, request, async () => {
        if (!(await this.store.insert(tx, profile))) throw new Problem('sign_in_profile_exists', profile.name);
        record(tx, caller, profile, 'created');
        return profile;
      }),
    );
  }

  /** Under the lock of the rules: none comes to name it meanwhile. */
  async remove(caller: Principal, name: string): Promise<void> {
    await this.unitOfWork.run(
      caller.tenant,
      async (tx) => {
        const profile = await this.store.get(tx, name);
        if (!profile) throw new Problem('sign_in_profile_not_found');
        if (await this.store.isInUse(tx, name)) throw new Problem('sign_in_profile_in_use', name);
        await this.store.remove(tx, name);
        record(tx, caller, profile, 'removed');
      },
      [changing(caller.tenant)],
    );
  }
}

function record(tx: Tx, { actor }: Principal, profile: SignInProfile, change: 'created' | 'removed'): void {
  tx.publish(SignInProfileUpdatedV1, {
    subject: profile.name,
    cause: { actor, correlationId: uuidv7() },
    data: { ...profile, change },
  });
}
