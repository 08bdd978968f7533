import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id, Instant, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';

const lift = Type.Object({
  /** The bars that were lifted, by the revocation that raised each. */
  revocationIds: Type.Array(Id),
  /** Bars of other revocations that still stand. */
  barsLeft: Type.Integer({ minimum: 0 }),
  notBefore: Instant,
  reason: Type.String(),
  signalId: Nullable(Id),
});

export const SubjectReinstatedV1 = defineEvent({
  type: 'curfew.subject.reinstated.v1',
  topic: TOPICS.subjects,
  description: 'Bars on a subject were lifted: it may sign in anew when none is left. Old sessions stay dead.',
  schema: Type.Composite([Type.Object({ subjectId: Id }), lift]),
});
export type SubjectReinstatedV1 = EventOf<typeof SubjectReinstatedV1>;

export const DeviceClearedV1 = defineEvent({
  type: 'curfew.device.cleared.v1',
  topic: TOPICS.subjects,
  description: 'A quarantined device was cleared: new sessions may be opened on it.',
  schema: Type.Composite([Type.Object({ deviceId: Id }), lift]),
});
export type DeviceClearedV1 = EventOf<typeof DeviceClearedV1>;
