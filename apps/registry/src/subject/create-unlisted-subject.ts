import { SubjectChangedV1, SubjectStateV1 } from '@curfew/contracts';
import { exclusive, UnitOfWork } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { ApplySignal } from '../signal/apply-signal.js';
import { allIdentifiers, unlistedSubject } from './subject.js';
import { SubjectStore } from './subject.store.js';

/** A person whom no directory has named signs in: known from now on, and what was parked for them applies. */
@Injectable()
export class CreateUnlistedSubject {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SubjectStore,
    private readonly applySignal: ApplySignal,
  ) {}

  async execute({ tenant, actor, subjectId }: { tenant: string; actor: string; subjectId: string }): Promise<void> {
    await this.unitOfWork.run(
      tenant,
      async (tx) => {
        if (await this.store.get(tx, subjectId)) return;
        const subject = unlistedSubject(subjectId);
        await this.store.put(tx, subject);
        const data = { ...subject, identifiers: {}, accounts: [], groups: [], attributes: {} };
        const cause = { actor, correlationId: subjectId };
        tx.publish(SubjectChangedV1, { subject: subjectId, cause, data });
        tx.publish(SubjectStateV1, { subject: subjectId, cause, data });
        await this.applySignal.applyParked(subjectId, allIdentifiers(subject), tx);
      },
      [exclusive('identifiers', tenant), exclusive('subject', tenant, subjectId)],
    );
  }
}
