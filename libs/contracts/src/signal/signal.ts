import { Type, type Static } from '@sinclair/typebox';
import { Id, Instant, SessionLimits, SourceOrder, SubjectIdentifiers } from '../fields.js';

export const SIGNAL_TYPES = [
  'employment.terminated',
  'employment.rehired',
  'device.compromised',
  // What identity providers and others tell of people and devices (CAEP, RISC).
  'device.noncompliant',
  'sessions.revoked',
  'credential.compromised',
  'credential.changed',
  'risk.raised',
  'assurance.lowered',
  'claims.changed',
  'shift.started',
  'shift.ended',
] as const;
export type SignalType = (typeof SIGNAL_TYPES)[number];

/** What a signal says, as signals hands it on. */
export const SignalFacts = Type.Object({
  signalId: Id,
  signalType: Type.String(),
  order: SourceOrder,
  sourceEventId: Id,
  subject: Type.Optional(SubjectIdentifiers),
  device: Type.Optional(Type.Object({ id: Id })),
  limits: Type.Optional(SessionLimits),
  effectiveAt: Instant,
  reason: Type.Optional(Type.String({ maxLength: 1000 })),
  /** True when it was held for its `effectiveAt` before it came. */
  scheduled: Type.Boolean(),
  receivedAt: Instant,
});
export type SignalFacts = Static<typeof SignalFacts>;
