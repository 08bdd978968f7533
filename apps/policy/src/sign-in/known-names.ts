import { unprocessableField } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { Directory } from '../directory/directory.js';
import type { ProfileKind } from './sign-in-profile.js';
import { SignInProfileStore } from './sign-in-profile.store.js';
import type { SignInRule } from './sign-in-rule.js';

/** SP-24: a name that leads nowhere would be found out by who wants to sign in. */
@Injectable()
export class KnownNames {
  constructor(
    private readonly directory: Directory,
    private readonly profiles: SignInProfileStore,
  ) {}

  /** Of these groups those there are, and the tenant's profiles. */
  async of(tx: Tx, groups: readonly string[]): Promise<Names> {
    const known = groups.length > 0 ? await this.directory.knownOf(tx, [...new Set(groups)]) : new Set<string>();
    return new Names(known, await this.profiles.kinds(tx));
  }
}

export class Names {
  constructor(
    private readonly groups: ReadonlySet<string>,
    private readonly kinds: ReadonlyMap<string, ProfileKind>,
  ) {}

  /** Throws `unprocessable_field`. */
  assertRule({ profile, mfa, conditions }: SignInRule): void {
    this.assertGroups('conditions.groups', conditions.groups);
    for (const [field, name] of Object.entries({ profile, mfa })) {
      if (name === null) continue;
      const kind = this.kinds.get(name);
      if (!kind || (kind === 'mfa') !== (field === 'mfa'))
        throw unprocessableField(field, `names no ${field === 'mfa' ? 'MFA' : 'sign-in'} profile`);
    }
  }

  assertGroups(field: string, groups: readonly string[]): void {
    const at = groups.findIndex((group) => !this.groups.has(group));
    if (at >= 0) throw unprocessableField(`${field}.${at}`, 'is no group that anybody was ever in');
  }
}
