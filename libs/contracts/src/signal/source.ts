import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id, Instant, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';

const Source = Type.Object({
  sourceId: Id,
  name: Id,
  kind: Type.Union([Type.Literal('webhook'), Type.Literal('poll')]),
  mapping: Id,
  signing: Type.Optional(Type.Union([Type.Literal('standard'), Type.Literal('vendor')])),
  apiUrl: Type.Optional(Type.String()),
  enabled: Type.Boolean(),
});

export const SourceCreatedV1 = defineEvent({
  type: 'curfew.source.created.v1',
  topic: TOPICS.signals,
  description: 'A source may send webhooks, or is asked, from now on.',
  schema: Source,
});
export type SourceCreatedV1 = EventOf<typeof SourceCreatedV1>;

export const SourceUpdatedV1 = defineEvent({
  type: 'curfew.source.updated.v1',
  topic: TOPICS.signals,
  description: 'How what a source says is read was changed, where it is asked, or whether it is taken.',
  schema: Source,
});
export type SourceUpdatedV1 = EventOf<typeof SourceUpdatedV1>;

export const SourceSecretRotatedV1 = defineEvent({
  type: 'curfew.source-secret.rotated.v1',
  topic: TOPICS.signals,
  description: 'A source has a new secret; webhooks signed with the one before are taken for the overlap.',
  schema: Type.Object({ sourceId: Id, name: Id, previousSecretUntil: Nullable(Instant) }),
});
export type SourceSecretRotatedV1 = EventOf<typeof SourceSecretRotatedV1>;

export const SourceRemovedV1 = defineEvent({
  type: 'curfew.source.removed.v1',
  topic: TOPICS.signals,
  description: 'A source is gone, with its secrets. What it said stays said.',
  schema: Type.Object({ sourceId: Id, name: Id }),
});
export type SourceRemovedV1 = EventOf<typeof SourceRemovedV1>;
