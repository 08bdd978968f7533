import { ApplicationRemovalDecidedV1, type ApplicationRemovalAskedV1 } from '@curfew/contracts';
import { causedBy, exclusive, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { takesTwo } from '../approval/approval.js';
import { ApprovalStore } from '../approval/approval.store.js';
import { BlastRadiusStore } from '../revocation/blast-radius.store.js';
import { StartRevocation } from '../revocation/start-revocation.js';
import { ApplicationStore } from './application.store.js';

/** Decides whether an application may go. Under the tenant's lock, so no session is opened there meanwhile. */
@Injectable()
export class RemoveApplication {
  constructor(
    private readonly store: ApplicationStore,
    private readonly blastRadius: BlastRadiusStore,
    private readonly startRevocation: StartRevocation,
    private readonly approvals: ApprovalStore,
  ) {}

  async execute(event: ApplicationRemovalAskedV1, tx: Tx): Promise<void> {
    const { removalId, clientId, endSessions } = event.data;
    const cause = causedBy(event);
    tx.lock(exclusive('tenant', tx.tenant));
    const target = { kind: 'application', id: clientId } as const;
    const liveSessions = await this.blastRadius.count(tx, target);
    // What takes a second person is not had by removing the application: its sessions are ended first, with that.
    const takesAnother = takesTwo((await this.approvals.rule(tx)).rule, target, liveSessions);
    const removed = liveSessions === 0 || (endSessions && !takesAnother);
    const revocationId = removed && liveSessions > 0 ? uuidv7() : null;
    if (removed) await this.store.remove(tx, clientId);
    if (revocationId !== null) {
      await this.startRevocation.execute(tx, {
        revocationId,
        target,
        bar: false,
        reason: 'the application was removed',
        deadlineSeconds: 60,
        requestedAt: new Date(event.time),
        originAt: new Date(event.time),
        cause,
        signalId: null,
        signal: null,
        source: null,
        upTo: null,
      });
    }
    tx.publish(ApplicationRemovalDecidedV1, {
      subject: clientId,
      cause,
      data: { removalId, clientId, removed, liveSessions, revocationId },
    });
  }
}
