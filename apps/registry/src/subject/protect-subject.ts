import { Problem, SubjectProtectedV1 } from '@curfew/contracts';
import { exclusive, startedBy, UnitOfWork } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { SubjectStore } from './subject.store.js';

/**
 * The never-kill list (N-12), of break-glass accounts and the like: what a source says of somebody on it ends nothing, and
 * nobody ends all of theirs by mistake. To kill one all the same is two steps, both in the trail.
 */
@Injectable()
export class ProtectSubject {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SubjectStore,
  ) {}

  /** Throws `subject_not_found`, `subject_not_protected`. */
  async execute(
    { tenant, actor }: { readonly tenant: string; readonly actor: string },
    subjectId: string,
    isProtected: boolean,
    reason: string | null,
  ): Promise<void> {
    await this.unitOfWork.run(
      tenant,
      async (tx) => {
        if (!(await this.store.get(tx, subjectId))) throw new Problem('subject_not_found');
        if (isProtected) await this.store.protect(tx, subjectId, actor, reason);
        else if (!(await this.store.unprotect(tx, subjectId))) throw new Problem('subject_not_protected');
        tx.publish(SubjectProtectedV1, {
          subject: subjectId,
          cause: startedBy(actor),
          data: { subjectId, protected: isProtected, reason },
        });
      },
      [exclusive('subject', tenant, subjectId)],
    );
  }
}
