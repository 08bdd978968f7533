import { UnitOfWork, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Directory } from '../directory/directory.js';
import { compile, evaluate, type Attempt, type CompiledPolicies, type Verdict } from './evaluate.js';
import { SignInPolicyStore } from './sign-in-policy.store.js';

/** Rules that are held in memory, of all tenants together. */
const MOST_HELD = 100_000;

interface Held {
  readonly revision: number;
  readonly policies: CompiledPolicies;
}

/** May somebody sign in, and how. Policies are held ready; whether they are still the saved ones is asked each time. */
@Injectable()
export class EvaluateSignIn {
  private readonly held = new LRUCache<string, Held>({
    maxSize: MOST_HELD,
    sizeCalculation: ({ policies }) => policies.reduce((size, { rules }) => size + 1 + rules.length, 1),
  });

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SignInPolicyStore,
    private readonly directory: Directory,
  ) {}

  /** Of whom nobody says the groups, the directory does. */
  async execute(
    tenant: string,
    { groups, ...attempt }: Omit<Attempt, 'groups'> & { groups: readonly string[] | undefined },
  ): Promise<Verdict> {
    return this.unitOfWork.run(tenant, async (tx) =>
      evaluate(await this.policies(tx), {
        ...attempt,
        groups: groups ?? (await this.directory.groupsOf(tx, attempt.subject)),
      }),
    );
  }

  private async policies(tx: Tx): Promise<CompiledPolicies> {
    // Read first: what is then read may be newer than it says, and is read anew next time, but never older.
    const revision = await this.store.revision(tx);
    const held = this.held.get(tx.tenant);
    if (held?.revision === revision) return held.policies;
    const policies = compile(await this.store.all(tx));
    this.held.set(tx.tenant, { revision, policies });
    return policies;
  }
}
