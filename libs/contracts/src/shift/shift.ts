import { Type, type Static } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Count, Id, Nullable, SubjectIdentifiers } from '../fields.js';
import { TOPICS } from '../topics.js';

/** By the clock on the wall, without an offset. */
const WallTime = Type.String({ minLength: 19, maxLength: 19 });

/** Who is on duty when, and which of their sessions end with it. */
export const ShiftDocument = Type.Object({
  shiftId: Id,
  name: Type.String(),
  ward: Nullable(Id),
  /** IANA. */
  zone: Id,
  start: WallTime,
  end: WallTime,
  /** An RRULE. */
  recurrence: Nullable(Type.String()),
  extraStarts: Type.Array(WallTime),
  exceptStarts: Type.Array(WallTime),
  changes: Type.Array(
    Type.Object({
      occurrence: WallTime,
      start: WallTime,
      end: WallTime,
      staff: Nullable(Type.Array(SubjectIdentifiers)),
    }),
  ),
  staff: Type.Array(SubjectIdentifiers),
  workstations: Type.Array(Id),
  applications: Type.Array(Id),
  graceSeconds: Count,
  warnSeconds: Count,
  earlySeconds: Count,
});
export type ShiftDocument = Static<typeof ShiftDocument>;

export const ShiftSavedV1 = defineEvent({
  type: 'curfew.shift.saved.v1',
  topic: TOPICS.signals,
  description: 'A shift was put on the calendar, or changed there. `before` is null for a new one.',
  schema: Type.Object({ before: Nullable(ShiftDocument), after: ShiftDocument }),
});
export type ShiftSavedV1 = EventOf<typeof ShiftSavedV1>;

export const ShiftRemovedV1 = defineEvent({
  type: 'curfew.shift.removed.v1',
  topic: TOPICS.signals,
  description: 'A shift was taken off the calendar; who is on duty by then is until their end.',
  schema: Type.Object({ before: ShiftDocument }),
});
export type ShiftRemovedV1 = EventOf<typeof ShiftRemovedV1>;
