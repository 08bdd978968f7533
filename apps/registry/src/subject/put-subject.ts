import { Problem, SubjectChangedV1, SubjectStateV1 } from '@curfew/contracts';
import { exclusive, shared, startedBy, UnitOfWork, type Cause, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { RaiseBarriers } from '../barrier/raise-barriers.js';
import { EnforcePolicy } from '../policy/enforce-policy.js';
import { RevocationStore } from '../revocation/revocation.store.js';
import { ApplySignal } from '../signal/apply-signal.js';
import { EndByGroupChange } from './end-by-group-change.js';
import { allIdentifiers, type Subject } from './subject.js';
import { SubjectStore } from './subject.store.js';

/**
 * What the directory says of a subject. Locks like an open does: a change of groups first ends what the barriers of
 * the groups cover, so nobody slips out from under one by moving.
 */
@Injectable()
export class PutSubject {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SubjectStore,
    private readonly revocations: RevocationStore,
    private readonly raiseBarriers: RaiseBarriers,
    private readonly endByGroupChange: EndByGroupChange,
    private readonly applySignal: ApplySignal,
    private readonly enforcePolicy: EnforcePolicy,
  ) {}

  /** Throws `identifier_taken`. */
  async execute({ tenant, actor }: { tenant: string; actor: string }, subject: Subject): Promise<Subject> {
    const cause: Cause = startedBy(actor);
    await this.unitOfWork.run(tenant, (tx) => this.put(tx, subject, cause), [
      shared('tenant', tenant),
      exclusive('identifiers', tenant),
      exclusive('subject', tenant, subject.subjectId),
    ]);
    return subject;
  }

  /** The caller holds the locks. Throws `identifier_taken`. */
  async put(tx: Tx, subject: Subject, cause: Cause): Promise<void> {
    const [taken] = await this.store.taken(tx, subject);
    if (taken !== undefined) throw new Problem('identifier_taken', taken);
    const before = await this.store.get(tx, subject.subjectId);
    if (before && same(before, subject)) return;
    const moved = before !== undefined && !sameSet(before.groups, subject.groups);
    if (moved)
      await this.endByGroupChange.execute(
        tx,
        subject.subjectId,
        [...new Set([...before.groups, ...subject.groups])],
        cause,
      );
    await this.store.put(tx, subject);
    const data = {
      ...subject,
      identifiers: { ...subject.identifiers },
      attributes: { ...subject.attributes },
      accounts: [...subject.accounts],
      groups: [...subject.groups],
    };
    tx.publish(SubjectChangedV1, { subject: subject.subjectId, cause, data });
    tx.publish(SubjectStateV1, { subject: subject.subjectId, cause, data });
    await this.applySignal.applyParked(subject.subjectId, allIdentifiers(subject), tx);
    if (moved) await this.readAgain(tx, subject.subjectId);
    if (moved || (before && POLICY_ATTRIBUTES.some((name) => before.attributes[name] !== subject.attributes[name])))
      await this.enforcePolicy.moved(tx, subject.subjectId, cause);
  }

  /** A later kill of the new group must find the group on the sessions. */
  private async readAgain(tx: Tx, subjectId: string): Promise<void> {
    const { epoch } = await this.revocations.moment(tx);
    await this.raiseBarriers.execute(tx, [
      {
        target: { kind: 'subject', id: subjectId },
        notBefore: new Date(0),
        endsBefore: 0n,
        rereadBefore: epoch,
        revocationId: null,
      },
    ]);
  }
}

/** What a policy can be for, besides groups. */
const POLICY_ATTRIBUTES = ['region', 'clearance', 'dataClass'];

const same = (a: Subject, b: Subject): boolean =>
  a.listed === b.listed &&
  sameRecord(a.identifiers, b.identifiers) &&
  sameRecord(a.attributes, b.attributes) &&
  sameSet(a.groups, b.groups) &&
  sameSet(
    a.accounts.map(({ iss, sub }) => `${iss}|${sub}`),
    b.accounts.map(({ iss, sub }) => `${iss}|${sub}`),
  );

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item) => b.includes(item));

const sameRecord = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean =>
  sameSet(
    Object.entries(a).map(([key, value]) => `${key}=${value}`),
    Object.entries(b).map(([key, value]) => `${key}=${value}`),
  );
