import { SubjectIdentifierDisputedV1, type DirectoryPersonChangedV1 } from '@curfew/contracts';
import { causedBy, exclusive, shared, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { accountIdentifier, identifier } from '../subject/identifier.js';
import { PutSubject } from '../subject/put-subject.js';
import { unlistedSubject, type Subject } from '../subject/subject.js';
import { SubjectStore } from '../subject/subject.store.js';
import { isSomebodyElse, merged, type Said } from './directory-entry.js';
import { DirectoryEntryStore } from './directory-entry.store.js';

/**
 * A person as a directory has it, as a subject. Whom it means is decided once, by the first thing it says of the person
 * that anybody is known by, and holds from then on: the person's account there leads to the subject.
 */
@Injectable()
export class TakeInPerson {
  constructor(
    private readonly subjects: SubjectStore,
    private readonly entries: DirectoryEntryStore,
    private readonly putSubject: PutSubject,
  ) {}

  async execute(event: DirectoryPersonChangedV1, tx: Tx): Promise<void> {
    const { data } = event;
    const said: Said = {
      source: data.source,
      entryId: data.account.sub,
      account: data.account,
      identifiers: data.identifiers,
      groups: data.groups,
      attributes: data.attributes,
      removed: data.removed,
    };
    tx.lock(shared('tenant', tx.tenant), exclusive('identifiers', tx.tenant));
    const entry = await this.entries.get(tx, said.source, said.entryId);
    const subjectId = entry?.subjectId ?? (await this.whom(tx, said, data.userName));
    tx.lock(exclusive('subject', tx.tenant, subjectId));
    const before = (await this.subjects.get(tx, subjectId)) ?? unlistedSubject(subjectId);
    const others = (await this.entries.ofSubject(tx, subjectId)).filter(
      ({ source, entryId }) => source !== said.source || entryId !== said.entryId,
    );
    const wanted = merged(before, entry, others, said);
    const subject = await this.withoutTaken(event, before, wanted, tx);
    this.entries.put(tx, { ...said, subjectId });
    await this.putSubject.put(tx, subject, causedBy(event));
  }

  private async whom(tx: Tx, said: Said, userName: string): Promise<string> {
    const { account, identifiers, entryId } = said;
    const candidates = [
      accountIdentifier(account.iss, account.sub),
      identifier('id', userName),
      ...['employeeId', 'email', 'userName'].flatMap((kind) =>
        identifiers[kind] === undefined ? [] : [identifier(kind, identifiers[kind])],
      ),
    ];
    for (const candidate of candidates) {
      const known = await this.subjects.resolve(tx, [candidate]);
      if (known !== undefined && !isSomebodyElse(await this.entries.ofSubject(tx, known), said)) return known;
    }
    // Nobody yet. The user name is what applications will most likely call them, unless it is somebody's already.
    return (await this.subjects.resolve(tx, [identifier('id', userName)])) === undefined ? userName : entryId;
  }

  /** An identifier leads to one subject. It stays with who has it, and the trail says so. */
  private async withoutTaken(
    event: DirectoryPersonChangedV1,
    before: Subject,
    wanted: Subject,
    tx: Tx,
  ): Promise<Subject> {
    const taken = await this.subjects.taken(tx, wanted);
    if (taken.length === 0) return wanted;
    for (const one of taken)
      tx.publish(SubjectIdentifierDisputedV1, {
        subject: wanted.subjectId,
        cause: causedBy(event),
        data: { subjectId: wanted.subjectId, source: event.data.source, identifier: one },
      });
    const identifiers = Object.entries(wanted.identifiers).flatMap(([kind, value]) => {
      if (!taken.includes(identifier(kind, value))) return [[kind, value] as const];
      const own = before.identifiers[kind];
      return own === undefined ? [] : [[kind, own] as const];
    });
    return { ...wanted, identifiers: Object.fromEntries(identifiers) };
  }
}
