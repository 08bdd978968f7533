import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id } from '../fields.js';
import { TOPICS } from '../topics.js';

export const DirectoryPersonChangedV1 = defineEvent({
  type: 'curfew.directory.person-changed.v1',
  topic: TOPICS.signals,
  description: 'What a directory says of a person, as it now is. Whether the person may have access is a signal apart.',
  schema: Type.Object({
    source: Id,
    /** Leads to one person, whatever else about them changes. */
    account: Type.Object({ iss: Id, sub: Id }),
    userName: Id,
    identifiers: Type.Record(Type.String(), Type.String()),
    groups: Type.Array(Id),
    attributes: Type.Record(Type.String(), Type.String()),
    active: Type.Boolean(),
    /** The directory knows the person no more. */
    removed: Type.Boolean(),
  }),
});
export type DirectoryPersonChangedV1 = EventOf<typeof DirectoryPersonChangedV1>;
