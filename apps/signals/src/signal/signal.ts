import { createHash } from 'node:crypto';
import { invalidField, type SessionLimits, type SignalFacts, type SignalType } from '@curfew/contracts';

export interface SubjectReference {
  readonly id?: string;
  readonly email?: string;
  readonly employeeId?: string;
  readonly iss?: string;
  readonly sub?: string;
}

/** What a source says, before Curfew has given it an id. */
export interface SignalContent {
  readonly type: SignalType;
  readonly eventId: string;
  readonly subject?: SubjectReference;
  readonly device?: { readonly id: string };
  readonly occurredAt: Date;
  readonly sequence?: number;
  readonly effectiveAt?: Date;
  readonly reason?: string;
  /** Which of the subject's sessions it is about; left out: all. */
  readonly limits?: SessionLimits;
}

/** `progress` only ever moves forward: a fact that comes late or twice changes nothing. */
export const PROGRESS = [
  'waiting',
  'requested',
  'unmatched',
  'started',
  'resolved',
  'completed',
  'settled',
  'declined',
  'failed',
] as const;
export type Progress = (typeof PROGRESS)[number];

/** Nothing more will come of it by itself (an unmatched one waits for a subject to appear). */
export const isSettled = (progress: Progress): boolean =>
  ['completed', 'settled', 'declined', 'failed', 'unmatched'].includes(progress);

/** No source's clock is right to the second; more than this ahead is a mistake. */
const MOST_AHEAD_MS = 60_000;

/** Throws `invalid_field`. */
export function assertComplete(content: SignalContent, now: Date): void {
  const { type, subject, device, limits, occurredAt } = content;
  if ((type.startsWith('employment.') || type.startsWith('shift.')) && !subject)
    throw invalidField('subject', `is required for ${type}`);
  if (type.startsWith('device.') && !device && !limits?.devices)
    throw invalidField('device', `is required for ${type}`);
  if (!subject && !device) throw invalidField('subject', 'or device must be given');
  if (subject && firstIdentifier(subject) === undefined)
    throw invalidField('subject', 'must hold id, email, employeeId, or iss and sub');
  if (subject && (subject.iss === undefined) !== (subject.sub === undefined))
    throw invalidField('subject', 'iss and sub belong together');
  if (occurredAt.getTime() > now.getTime() + MOST_AHEAD_MS) throw invalidField('occurredAt', 'lies in the future');
}

/** Signals that name a person by the same identifier stay in order from here on. */
export function firstIdentifier({ id, email, employeeId, iss, sub }: SubjectReference): string | undefined {
  if (id !== undefined) return `id:${id}`;
  if (email !== undefined) return `email:${email.trim().toLowerCase()}`;
  if (employeeId !== undefined) return `employeeId:${employeeId}`;
  return iss !== undefined && sub !== undefined ? `sub:${iss}|${sub}` : undefined;
}

export const orderingKey = ({ subject, device }: Pick<SignalContent, 'subject' | 'device'>): string =>
  (subject && firstIdentifier(subject)) ?? `device:${device?.id ?? ''}`;

/** Two events of one id must be one event; without `effectiveAt` it takes effect when it occurred. */
export const contentHash = (content: SignalContent): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        content.type,
        content.subject
          ? [
              content.subject.id,
              content.subject.email,
              content.subject.employeeId,
              content.subject.iss,
              content.subject.sub,
            ]
          : null,
        content.device?.id ?? null,
        content.occurredAt.toISOString(),
        content.sequence ?? null,
        (content.effectiveAt ?? content.occurredAt).toISOString(),
        content.reason ?? null,
        ...(content.limits ? [content.limits] : []),
      ]),
    )
    .digest('hex');

export interface Signal extends SignalContent {
  readonly signalId: string;
  readonly source: string;
  readonly actor: string;
  readonly effectiveAt: Date;
  readonly receivedAt: Date;
  readonly state: 'scheduled' | 'received' | 'held' | 'dropped' | 'rescinded';
}

export const factsOf = (signal: Signal, scheduled: boolean): SignalFacts => ({
  signalId: signal.signalId,
  signalType: signal.type,
  sourceEventId: signal.eventId,
  order: {
    source: signal.source,
    occurredAt: signal.occurredAt.toISOString(),
    ...(signal.sequence === undefined ? {} : { sequence: signal.sequence }),
  },
  ...(signal.subject ? { subject: signal.subject } : {}),
  ...(signal.device ? { device: signal.device } : {}),
  ...(signal.limits ? { limits: signal.limits } : {}),
  effectiveAt: signal.effectiveAt.toISOString(),
  ...(signal.reason === undefined ? {} : { reason: signal.reason }),
  scheduled,
  receivedAt: signal.receivedAt.toISOString(),
});
