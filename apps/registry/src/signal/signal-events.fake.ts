import { randomUUID } from 'node:crypto';
import {
  ReinstatementRequestedV1,
  RevocationRequestedV1,
  SignalRescindedV1,
  SignalScheduledV1,
  type CurfewEvent,
  type DataOf,
  type EventDefinition,
  type EventOf,
  type SessionLimits,
} from '@curfew/contracts';
import type { SubjectEvent } from './apply-signal.js';

export interface Fact {
  readonly kind: 'terminated' | 'rehired';
  /** Told of before its time: once when it is said, and once more when it acts. */
  readonly scheduled?: boolean;
  readonly occurredAt: Date;
  readonly sequence?: number;
}

type Identifiers = DataOf<typeof ReinstatementRequestedV1>['identifiers'];

/** What one source says of one person, as signals and policy hand it to the registry. */
export class SourceOf {
  constructor(
    private readonly tenant: string,
    private readonly identifiers: Identifiers,
    private readonly source = 'source:hr',
  ) {}

  /** The events a fact leads to. */
  says(fact: Fact): { signalId: string; events: SubjectEvent[] } {
    const signalId = randomUUID();
    const acts = fact.kind === 'rehired' ? this.reinstatement(signalId, fact) : this.revocation(signalId, fact);
    if (!fact.scheduled) return { signalId, events: [acts] };
    const said = { ...this.said(signalId, fact), sourceEventId: signalId, subject: this.identifiers };
    return { signalId, events: [this.event(SignalScheduledV1, said), acts] };
  }

  /** The end of a shift, or its start: about some of the person's sessions only. */
  shift(signalType: 'shift.started' | 'shift.ended', limits: SessionLimits, bar = false): RevocationRequestedV1 {
    const occurredAt = new Date(limits.authenticatedUpTo);
    const said = this.said(randomUUID(), { kind: 'terminated', occurredAt });
    return this.event(RevocationRequestedV1, {
      ...said,
      signalType,
      revocationId: randomUUID(),
      target: { kind: 'subject', identifiers: this.identifiers },
      limits,
      bar,
      deadlineSeconds: 60,
      reason: signalType,
      reaction: { name: 'A shift ends with its sessions', version: 0 },
    });
  }

  takesBack(signalId: string, fact: Fact): SignalRescindedV1 {
    const said = this.said(signalId, fact);
    return this.event(SignalRescindedV1, { ...said, sourceEventId: signalId, subject: this.identifiers });
  }

  private reinstatement(signalId: string, fact: Fact): ReinstatementRequestedV1 {
    const { identifiers } = this;
    return this.event(ReinstatementRequestedV1, { ...this.said(signalId, fact), identifiers, reason: 'hired again' });
  }

  private revocation(signalId: string, fact: Fact): RevocationRequestedV1 {
    return this.event(RevocationRequestedV1, {
      ...this.said(signalId, fact),
      revocationId: randomUUID(),
      target: { kind: 'subject', identifiers: this.identifiers },
      bar: true,
      deadlineSeconds: 60,
      reason: 'left',
      reaction: { name: 'Termination ends all access', version: 0 },
    });
  }

  private said(signalId: string, { kind, scheduled = false, occurredAt, sequence }: Fact) {
    return {
      signalId,
      signalType: kind === 'rehired' ? 'employment.rehired' : 'employment.terminated',
      order: {
        source: this.source,
        occurredAt: occurredAt.toISOString(),
        ...(sequence === undefined ? {} : { sequence }),
      },
      effectiveAt: occurredAt.toISOString(),
      scheduled,
      receivedAt: new Date().toISOString(),
    };
  }

  private event<D extends EventDefinition>(definition: D, data: DataOf<D>): EventOf<D> {
    const event: CurfewEvent<DataOf<D>> = {
      specversion: '1.0',
      id: randomUUID(),
      source: '/curfew/policy',
      type: definition.type,
      subject: 'anyone',
      time: new Date().toISOString(),
      datacontenttype: 'application/json',
      tenant: this.tenant,
      partitionkey: `${this.tenant}:anyone`,
      correlationid: randomUUID(),
      actor: this.source,
      data,
    };
    return event as EventOf<D>;
  }
}
