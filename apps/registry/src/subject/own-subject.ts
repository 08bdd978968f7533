import { Problem, SubjectOwnerChangedV1 } from '@curfew/contracts';
import { exclusive, startedBy, UnitOfWork, type Cause, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { StartRevocation } from '../revocation/start-revocation.js';
import { OwnerStore } from './owner.store.js';
import { SubjectStore } from './subject.store.js';

/** Each of them is locked where its owner is killed. */
const MOST_OWNED = 500;
const DEADLINE_SECONDS = 60;

/**
 * Who answers for a service account, an API key or an agent (N-20): it ends with its owner, and does not sign in while
 * the owner may not. Nothing is copied to it, so that lifting the owner's bar lifts it here as well.
 */
@Injectable()
export class OwnSubject {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly subjects: SubjectStore,
    private readonly owners: OwnerStore,
    private readonly startRevocation: StartRevocation,
  ) {}

  /** Null: nobody's. Throws `subject_not_found`, `owner_unfit`. */
  async execute(
    { tenant, actor }: { readonly tenant: string; readonly actor: string },
    subjectId: string,
    ownerId: string | null,
  ): Promise<void> {
    if (ownerId === subjectId) throw new Problem('owner_unfit', 'Nobody owns themselves');
    const cause = startedBy(actor);
    // The owner as well: a kill of theirs either sees what is said here, or is seen by it.
    const locks = [...(ownerId === null ? [] : [ownerId]), subjectId].map((id) => exclusive('subject', tenant, id));
    await this.unitOfWork.run(tenant, (tx) => this.set(tx, subjectId, ownerId, cause), locks);
  }

  private async set(tx: Tx, subjectId: string, ownerId: string | null, cause: Cause): Promise<void> {
    for (const id of [subjectId, ...(ownerId === null ? [] : [ownerId])])
      if (!(await this.subjects.get(tx, id))) throw new Problem('subject_not_found');
    if ((await this.owners.ownerOf(tx, subjectId)) === ownerId) return;
    if (ownerId !== null && (await this.owners.count(tx, ownerId)) >= MOST_OWNED)
      throw new Problem('owner_unfit', `Nobody owns more than ${MOST_OWNED}`);
    await this.owners.set(tx, subjectId, ownerId);
    tx.publish(SubjectOwnerChangedV1, { subject: subjectId, cause, data: { subjectId, owner: ownerId } });
    if (await this.owners.hangsOnBarred(tx, subjectId)) await this.end(tx, subjectId, cause);
  }

  private async end(tx: Tx, subjectId: string, cause: Cause): Promise<void> {
    const now = new Date();
    await this.startRevocation.execute(tx, {
      revocationId: uuidv7(),
      target: { kind: 'subject', id: subjectId },
      bar: false,
      reason: 'its owner may not sign in',
      deadlineSeconds: DEADLINE_SECONDS,
      requestedAt: now,
      originAt: now,
      cause,
      signalId: null,
      signal: null,
      source: null,
      upTo: null,
    });
  }
}
