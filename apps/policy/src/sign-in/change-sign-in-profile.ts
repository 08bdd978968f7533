import { Problem, SignInProfileUpdatedV1 } from '@curfew/contracts';
import { startedBy, UnitOfWork, type Tx } from '@curfew/messaging';
import { once, type IdempotentRequest, type Principal } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
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
        await this.add(tx, caller, profile);
        return profile;
      }),
    );
  }

  async remove(caller: Principal, name: string): Promise<void> {
    await this.unitOfWork.run(caller.tenant, (tx) => this.take(tx, caller, name), [changing(caller.tenant)]);
  }

  /** Throws `sign_in_profile_exists`. */
  async add(tx: Tx, caller: Principal, profile: SignInProfile): Promise<void> {
    if (!(await this.store.insert(tx, profile))) throw new Problem('sign_in_profile_exists', profile.name);
    record(tx, caller, profile, 'created');
  }

  /** Under the lock of the rules: none comes to name it meanwhile. Throws `sign_in_profile_not_found`, `sign_in_profile_in_use`. */
  async take(tx: Tx, caller: Principal, name: string): Promise<void> {
    const profile = await this.store.get(tx, name);
    if (!profile) throw new Problem('sign_in_profile_not_found');
    if (await this.store.isInUse(tx, name)) throw new Problem('sign_in_profile_in_use', name);
    await this.store.remove(tx, name);
    record(tx, caller, profile, 'removed');
  }
}

function record(tx: Tx, { actor }: Principal, profile: SignInProfile, change: 'created' | 'removed'): void {
  tx.publish(SignInProfileUpdatedV1, {
    subject: profile.name,
    cause: startedBy(actor),
    data: { ...profile, change },
  });
}
