import {
  ReinstatementRequestedV1,
  RevocationDeclinedV1,
  RevocationRequestedV1,
  type SignalReceivedV1,
} from '@curfew/contracts';
import { causedBy, PermanentError, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { decide, isSomewhere, type Reactions } from './reaction.js';
import { ReactionStore } from './reaction.store.js';

/** Which signal means which revocation. */
@Injectable()
export class EvaluateSignals {
  constructor(private readonly store: ReactionStore) {}

  async execute(events: readonly SignalReceivedV1[], tx: Tx): Promise<void> {
    const reactions = await this.store.current(tx);
    for (const event of events) publishDecision(event, reactions, tx);
  }
}

function publishDecision(event: SignalReceivedV1, reactions: Reactions, tx: Tx): void {
  const { data: signal, subject } = event;
  const cause = causedBy(event);
  const decision = decide(signal, reactions);
  const { signalId, signalType, order, effectiveAt, scheduled, receivedAt } = signal;
  const said = { signalId, signalType, order, effectiveAt, scheduled, receivedAt };
  switch (decision.kind) {
    case 'decline':
      tx.publish(RevocationDeclinedV1, { subject, cause, data: { signalId, signalType, reason: decision.reason } });
      return;
    case 'reinstate':
      tx.publish(ReinstatementRequestedV1, {
        subject,
        cause,
        data: { ...said, identifiers: signal.subject!, reason: signal.reason ?? decision.reaction.name },
      });
      return;
    case 'revoke': {
      if (!signal.device && !signal.subject)
        throw new PermanentError(`signal ${signalId} names neither a subject nor a device`);
      const { name, bar, deadlineSeconds } = decision.reaction;
      tx.publish(RevocationRequestedV1, {
        subject,
        cause,
        data: {
          ...said,
          revocationId: uuidv7(),
          target: signal.device
            ? { kind: 'device', id: signal.device.id }
            : { kind: 'subject', identifiers: signal.subject! },
          ...(signal.limits === undefined ? {} : { limits: signal.limits }),
          bar: bar && !isSomewhere(signal.limits),
          deadlineSeconds,
          reason: signal.reason ?? name,
          reaction: { name, version: reactions.version },
        },
      });
    }
  }
}
