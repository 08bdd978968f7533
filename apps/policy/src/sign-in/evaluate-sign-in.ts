import { SignInLockedV1 } from '@curfew/contracts';
import { AskTogether, startedBy, together, UnitOfWork, type Tx } from '@curfew/messaging';
import { once, type IdempotentRequest, type Principal } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Directory } from '../directory/directory.js';
import { FailureStore, type Scope } from '../protection/failure.store.js';
import {
  locksUntil,
  protect,
  sourceOf,
  type Decision,
  type FailureRecord,
  type Purpose,
  type Standing,
} from '../protection/protect.js';
import { ProtectionStore } from '../protection/protection.store.js';
import type { SignInProtection } from '../protection/protection.js';
import { compile, evaluate, type Attempt, type CompiledPolicies } from './evaluate.js';
import type { Outcome } from './outcome.js';
import { SignInPolicyStore } from './sign-in-policy.store.js';
import type { ProfileKind } from './sign-in-profile.js';
import { SignInProfileStore } from './sign-in-profile.store.js';

/** Rules that are held in memory, of all tenants together. */
const MOST_HELD = 100_000;

export interface Question extends Omit<Attempt, 'groups' | 'at'> {
  /** Undefined: the directory says. */
  readonly groups: readonly string[] | undefined;
  /** Undefined: now. */
  readonly at: Date | undefined;
  readonly purpose: Purpose;
  /** How what was asked for before came out: a failure counts, a success forgets the person's. */
  readonly outcome: Outcome | undefined;
}

interface Held {
  readonly revision: number;
  readonly policies: CompiledPolicies;
  readonly kinds: ReadonlyMap<string, ProfileKind>;
  readonly protection: SignInProtection;
}

/** All that a question is decided by. */
interface Ground {
  readonly held: Held;
  readonly standing: Standing;
  readonly groups: readonly string[];
}

/** May somebody sign in, and how. Policies are held ready; whether they are still the saved ones is asked each time. */
@Injectable()
export class EvaluateSignIn {
  private readonly held = new LRUCache<string, Held>({
    maxSize: MOST_HELD,
    sizeCalculation: ({ policies }) => policies.reduce((size, { rules }) => size + 1 + rules.length, 1),
  });

  private readonly reading: AskTogether<Question, Ground>;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SignInPolicyStore,
    private readonly profiles: SignInProfileStore,
    private readonly protections: ProtectionStore,
    private readonly failures: FailureStore,
    private readonly directory: Directory,
  ) {
    this.reading = new AskTogether(unitOfWork, (tx, questions) => this.read(tx, questions));
  }

  async execute(caller: Principal, question: Question, request?: IdempotentRequest): Promise<Decision> {
    const { tenant } = caller;
    if (!request && question.outcome === undefined)
      return decisionOn(question, await this.reading.ask(tenant, question));
    return this.unitOfWork.run(tenant, (tx) => once(tx, request, () => this.decide(tx, caller, question)));
  }

  private async decide(tx: Tx, caller: Principal, question: Question): Promise<Decision> {
    const { subject, ip, outcome } = question;
    if (outcome === 'succeeded') await this.failures.hold(tx, subject);
    const [before] = await this.read(tx, [question]);
    const { held, standing } = before!;
    const ground =
      outcome === 'failed'
        ? { ...before!, standing: await this.fail(tx, caller, subject, sourceOf(ip), held.protection, standing) }
        : before!;
    const decision = decisionOn(question, ground);
    // Who was locked while the answer was on its way is not in: the guess that was right may be one of a hundred.
    if (outcome === 'succeeded' && decision.decision === 'ALLOW') await this.failures.forget(tx, subject);
    return decision;
  }

  private async read(tx: Tx, questions: readonly Question[]): Promise<Ground[]> {
    const unsaid = questions.filter(({ groups }) => groups === undefined).map(({ subject }) => subject);
    const [{ revision, standings }, groupsOf] = await together([
      this.failures.standings(
        tx,
        questions.map(({ subject, ip }) => ({ subject, source: sourceOf(ip) })),
      ),
      this.directory.groupsOf(tx, unsaid),
    ]);
    const held = await this.current(tx, revision);
    return questions.map(({ subject, groups }, at) => ({
      held,
      standing: standings[at]!,
      groups: groups ?? groupsOf.get(subject) ?? [],
    }));
  }

  /** The person's row always before the address's: two failures wait for each other in one order. */
  private async fail(
    tx: Tx,
    caller: Principal,
    subject: string,
    source: string,
    protection: SignInProtection,
    { now }: { now: number },
  ): Promise<Standing> {
    const user = await this.count(tx, caller, 'user', subject, protection);
    const ip = await this.count(tx, caller, 'ip', source, protection);
    return { now: Math.max(now, user.failures[0]!, ip.failures[0]!), user, ip };
  }

  /** A lock that is over sooner than the one there is changes nothing; a failure while it lasts may make it longer. */
  private async count(
    tx: Tx,
    { actor }: Principal,
    scope: Scope,
    name: string,
    { lockout, captcha }: SignInProtection,
  ): Promise<FailureRecord> {
    const windows = lockout[scope];
    const most = Math.max(1, captcha.afterFailures ?? 0, ...windows.map((window) => window.failures));
    const seconds = Math.max(
      captcha.withinSeconds,
      ...windows.map(({ withinSeconds, lockSeconds }) => withinSeconds + lockSeconds),
    );
    const record = await this.failures.add(tx, scope, name, most, seconds);
    const [before = 0, now] = [record.lockedUntil, record.failures[0]!];
    const until = locksUntil(record.failures, windows);
    if (until === undefined || until <= before) return record;
    await this.failures.lock(tx, scope, name, until);
    if (before <= now)
      tx.publish(SignInLockedV1, {
        subject: name,
        cause: startedBy(actor),
        data: { scope, name, lockedUntil: new Date(until).toISOString() },
      });
    return { ...record, lockedUntil: until };
  }

  /** `revision` was read first: what is then read may be newer than it says, and is read anew next time, but never older. */
  private async current(tx: Tx, revision: number): Promise<Held> {
    const held = this.held.get(tx.tenant);
    if (held?.revision === revision) return held;
    const read = {
      revision,
      policies: compile(await this.store.all(tx)),
      kinds: await this.profiles.kinds(tx),
      protection: (await this.protections.current(tx)).protection,
    };
    this.held.set(tx.tenant, read);
    return read;
  }
}

function decisionOn(
  { purpose, at, ...asked }: Question,
  { held: { policies, protection, kinds }, standing, groups }: Ground,
): Decision {
  const verdict = evaluate(policies, { ...asked, groups, at: at ?? new Date(standing.now) });
  return protect(verdict, protection, standing, { ip: asked.ip, risk: asked.risk, purpose }, kinds);
}
