import type {
  EventDeadLetteredV1,
  ReinstatementRequestedV1,
  RevocationCompletedV1,
  RevocationDeclinedV1,
  RevocationRequestedV1,
  RevocationResolvedV1,
  RevocationStartedV1,
  SignalParkedV1,
  SignalSettledV1,
} from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import type { Progress } from './signal.js';
import { SignalStore, type Advance, type Match } from './signal.store.js';

type Followed =
  | RevocationRequestedV1
  | RevocationDeclinedV1
  | ReinstatementRequestedV1
  | SignalParkedV1
  | SignalSettledV1
  | RevocationStartedV1
  | RevocationResolvedV1
  | RevocationCompletedV1;

const WITHOUT_THEIR_HANDLER_NOTHING_ENDS = ['curfew.signal.received.v1', 'curfew.revocation.requested.v1'];

/** What came of each signal, as the other services tell it. */
@Injectable()
export class FollowSignals {
  constructor(private readonly store: SignalStore) {}

  async execute(events: readonly Followed[], progress: Progress, tx: Tx): Promise<void> {
    const advances: Advance[] = events.flatMap(({ data }) => {
      if (data.signalId === null) return [];
      const { signalId, ...outcome } = data;
      return [
        {
          signalId,
          progress,
          outcome,
          ...('revocationId' in data && data.revocationId ? { revocationId: data.revocationId } : {}),
          ...matchOf(data),
        },
      ];
    });
    if (advances.length > 0) await this.store.advance(tx, advances);
  }

  /** A revocation that was set aside never happened: shown as failed, not forgotten (design §4.6). */
  async deadLettered(events: readonly EventDeadLetteredV1[], tx: Tx): Promise<void> {
    const advances: Advance[] = events
      .filter(
        ({ data, correlationid }) =>
          WITHOUT_THEIR_HANDLER_NOTHING_ENDS.includes(data.eventType ?? '') && /^[0-9a-f-]{36}$/.test(correlationid),
      )
      .map(({ data, correlationid }) => ({
        signalId: correlationid,
        progress: 'failed',
        outcome: { reason: data.reason, service: data.service },
      }));
    if (advances.length > 0) await this.store.advance(tx, advances);
  }
}

/** Whom it means is the registry's to say: policy knows a person by identifiers alone. */
function matchOf(data: Followed['data']): { match?: Match } {
  if ('target' in data && 'id' in data.target) return { match: { kind: data.target.kind, id: data.target.id } };
  return 'subjectId' in data && data.subjectId !== undefined ? { match: { kind: 'subject', id: data.subjectId } } : {};
}
