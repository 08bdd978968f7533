import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';

const Named = { transmitterId: Id, name: Id };
const Transmitter = Type.Object({
  ...Named,
  issuer: Type.String(),
  audience: Type.Array(Type.String()),
  algorithms: Type.Array(Type.String()),
  /** What of older specifications is taken from it. */
  tolerates: Type.Array(Type.String()),
  enabled: Type.Boolean(),
});

export const TransmitterCreatedV1 = defineEvent({
  type: 'curfew.transmitter.created.v1',
  topic: TOPICS.signals,
  description: 'A transmitter of shared signals may send security events from now on.',
  schema: Transmitter,
});
export type TransmitterCreatedV1 = EventOf<typeof TransmitterCreatedV1>;

export const TransmitterUpdatedV1 = defineEvent({
  type: 'curfew.transmitter.updated.v1',
  topic: TOPICS.signals,
  description: 'How the security events of a transmitter are judged was changed, or whether they are taken.',
  schema: Transmitter,
});
export type TransmitterUpdatedV1 = EventOf<typeof TransmitterUpdatedV1>;

export const TransmitterRemovedV1 = defineEvent({
  type: 'curfew.transmitter.removed.v1',
  topic: TOPICS.signals,
  description: 'A transmitter is gone, with its secrets. What it said stays said.',
  schema: Type.Object(Named),
});
export type TransmitterRemovedV1 = EventOf<typeof TransmitterRemovedV1>;

export const TransmitterStreamChangedV1 = defineEvent({
  type: 'curfew.transmitter-stream.changed.v1',
  topic: TOPICS.signals,
  description:
    'A transmitter has said that its stream works, or that it pauses or ends it: of a stream that is not enabled nothing comes.',
  schema: Type.Object({
    ...Named,
    status: Type.Union([Type.Literal('enabled'), Type.Literal('paused'), Type.Literal('disabled')]),
    reason: Nullable(Type.String({ maxLength: 1000 })),
  }),
});
export type TransmitterStreamChangedV1 = EventOf<typeof TransmitterStreamChangedV1>;
