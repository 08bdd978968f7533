import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Count, Id, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';
import { SignalFacts } from './signal.js';

export const SourceGuardChangedV1 = defineEvent({
  type: 'curfew.source-guard.changed.v1',
  topic: TOPICS.signals,
  description:
    'What a source may tell, and how much of it ends access without a human being asked. Null: what is usual.',
  schema: Type.Object({
    source: Id,
    guard: Nullable(
      Type.Object({
        /** Null: no limit. */
        most: Nullable(Count),
        windowSeconds: Count,
        /** Null: all. */
        types: Nullable(Type.Array(Type.String())),
      }),
    ),
  }),
});
export type SourceGuardChangedV1 = EventOf<typeof SourceGuardChangedV1>;

export const SourceHoldOpenedV1 = defineEvent({
  type: 'curfew.source-hold.opened.v1',
  topic: TOPICS.signals,
  description: 'A source has told so much that ends access that what follows is held, until somebody decides.',
  schema: Type.Object({ holdId: Id, source: Id, most: Count, windowSeconds: Count }),
});
export type SourceHoldOpenedV1 = EventOf<typeof SourceHoldOpenedV1>;

export const SourceHoldDecidedV1 = defineEvent({
  type: 'curfew.source-hold.decided.v1',
  topic: TOPICS.signals,
  description: 'Somebody has decided on what is held of a source: all of it takes its way, or comes to nothing.',
  schema: Type.Object({
    holdId: Id,
    source: Id,
    decision: Type.Union([Type.Literal('approved'), Type.Literal('declined')]),
    reason: Nullable(Type.String({ maxLength: 1000 })),
    held: Count,
  }),
});
export type SourceHoldDecidedV1 = EventOf<typeof SourceHoldDecidedV1>;

export const SignalHeldV1 = defineEvent({
  type: 'curfew.signal.held.v1',
  topic: TOPICS.signals,
  description: 'A signal was stored and does not act until somebody has decided on what is held of its source.',
  schema: Type.Object({ ...SignalFacts.properties, holdId: Id }),
});
export type SignalHeldV1 = EventOf<typeof SignalHeldV1>;
