import { randomUUID } from 'node:crypto';
import { Problem, unprocessableField } from '@curfew/contracts';
import { UnitOfWork } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { ApplicationStore } from '../application/application.store.js';
import { AttemptDelivery } from './attempt-delivery.js';

const LIMIT_MS = 5_000;

export interface EndpointAnswer {
  readonly outcome: 'accepted' | 'refused' | 'failed' | 'unreachable';
  readonly status: number | null;
  readonly receipt: 'verified' | 'disputed' | 'none';
  readonly detail: string | null;
  readonly tookMs: number;
}

/** One logout token, signed and sent like any other, for a session that nobody has: it ends nothing, and is not retried. */
@Injectable()
export class TryEndpoint {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly applications: ApplicationStore,
    private readonly attempt: AttemptDelivery,
  ) {}

  /** Throws `application_not_found`, `unprocessable_field` where there is no endpoint. */
  async execute(tenant: string, clientId: string): Promise<EndpointAnswer> {
    const application = await this.unitOfWork.run(tenant, (tx) => this.applications.get(tx, clientId));
    if (!application) throw new Problem('application_not_found');
    if (application.backchannelLogoutUri === null)
      throw unprocessableField('backchannelLogoutUri', 'is not registered');
    const nobody = `curfew-endpoint-test-${randomUUID()}`;
    const { startedAt, finishedAt, outcome } = await this.attempt.execute(application, {
      ...{ sid: nobody, subjectId: nobody, attempts: 1 },
      deadlineAt: new Date(Date.now() + LIMIT_MS),
    });
    return {
      outcome: outcome.kind,
      status: outcome.kind === 'unreachable' ? null : outcome.status,
      receipt: outcome.kind === 'accepted' ? outcome.receipt : 'none',
      detail: outcome.detail,
      tookMs: finishedAt.getTime() - startedAt.getTime(),
    };
  }
}
