import { Type, type Static } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id, Instant, Nullable, SubjectIdentifiers } from '../fields.js';
import { TOPICS } from '../topics.js';

/** One person at one occurrence of a shift. */
export const DutyFacts = Type.Object({
  dutyId: Id,
  shiftId: Id,
  /** When it begins by the clock on the wall there, as the roster has it: `2026-11-24T22:00:00`. */
  occurrence: Id,
  subject: SubjectIdentifiers,
  startsAt: Instant,
  /** With its grace, and with what it was extended by. */
  endsAt: Instant,
  /** Where either is given: it is about sessions at one of these applications, or on one of these devices. */
  applications: Type.Optional(Type.Array(Id)),
  devices: Type.Optional(Type.Array(Id)),
});
export type DutyFacts = Static<typeof DutyFacts>;

export const DutyStartedV1 = defineEvent({
  type: 'curfew.duty.started.v1',
  topic: TOPICS.signals,
  description: 'Somebody is on duty from now on; whatever they authenticated for before `freshFrom` ends.',
  schema: Type.Object({ ...DutyFacts.properties, freshFrom: Instant }),
});
export type DutyStartedV1 = EventOf<typeof DutyStartedV1>;

export const DutyEndAnnouncedV1 = defineEvent({
  type: 'curfew.duty.end-announced.v1',
  topic: TOPICS.signals,
  description: 'A warning: at `endsAt` the sessions of this duty end.',
  schema: DutyFacts,
});
export type DutyEndAnnouncedV1 = EventOf<typeof DutyEndAnnouncedV1>;

export const DutyEndedV1 = defineEvent({
  type: 'curfew.duty.ended.v1',
  topic: TOPICS.signals,
  description: 'A duty is over, and its sessions end; of one that is continued as another, those of that one stay.',
  schema: Type.Object({ ...DutyFacts.properties, continuedAs: Type.Optional(Id) }),
});
export type DutyEndedV1 = EventOf<typeof DutyEndedV1>;

export const DutyExtensionAskedV1 = defineEvent({
  type: 'curfew.duty.extension-asked.v1',
  topic: TOPICS.signals,
  description: 'Somebody asked that a person may stay on longer than their duty; until it is approved nothing changes.',
  schema: Type.Object({
    dutyId: Id,
    shiftId: Id,
    until: Instant,
    reason: Nullable(Type.String({ maxLength: 1000 })),
  }),
});
export type DutyExtensionAskedV1 = EventOf<typeof DutyExtensionAskedV1>;

export const DutyExtensionDecidedV1 = defineEvent({
  type: 'curfew.duty.extension-decided.v1',
  topic: TOPICS.signals,
  description: 'Somebody else decided on it.',
  schema: Type.Object({
    dutyId: Id,
    shiftId: Id,
    until: Instant,
    decision: Type.Union([Type.Literal('approved'), Type.Literal('declined')]),
    reason: Nullable(Type.String({ maxLength: 1000 })),
  }),
});
export type DutyExtensionDecidedV1 = EventOf<typeof DutyExtensionDecidedV1>;
