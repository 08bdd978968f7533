import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Count, Id, Instant, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';

export const AdministratorSignedInV1 = defineEvent({
  type: 'curfew.administrator.signed-in.v1',
  topic: TOPICS.policies,
  description: "Somebody signed in at the console through the tenant's own provider, or proved once more who they are.",
  schema: Type.Object({
    keyId: Id,
    subject: Id,
    name: Type.String(),
    roles: Type.Array(Type.String(), { minItems: 1 }),
    sessionId: Id,
    authenticatedAt: Instant,
    acr: Nullable(Type.String()),
    again: Type.Boolean({ description: 'They were signed in already: it was asked for before an act' }),
  }),
});
export type AdministratorSignedInV1 = EventOf<typeof AdministratorSignedInV1>;

export const AdministratorSignedOutV1 = defineEvent({
  type: 'curfew.administrator.signed-out.v1',
  topic: TOPICS.policies,
  description: "An administrator's sign-in at the console is over: what it may do ends with it.",
  schema: Type.Object({
    keyId: Id,
    subject: Id,
    because: Type.Union([
      Type.Literal('signed_out'),
      Type.Literal('provider_logout'),
      Type.Literal('session_ended'),
      Type.Literal('provider_changed'),
    ]),
  }),
});
export type AdministratorSignedOutV1 = EventOf<typeof AdministratorSignedOutV1>;

export const AdministratorRefusedV1 = defineEvent({
  type: 'curfew.administrator.refused.v1',
  topic: TOPICS.policies,
  description: "Somebody whom the tenant's provider knows was not let in at the console.",
  schema: Type.Object({
    subject: Id,
    name: Type.String(),
    /** Its problem code. */
    because: Type.String(),
  }),
});
export type AdministratorRefusedV1 = EventOf<typeof AdministratorRefusedV1>;

export const AdministratorSignInUpdatedV1 = defineEvent({
  type: 'curfew.admin.administrator_sign_in_updated.v1',
  topic: TOPICS.policies,
  description: 'An owner changed through which provider administrators sign in, or who of it gets which role.',
  schema: Type.Object({
    version: Count,
    /** What differs; of the secret only that it does. */
    changes: Type.Array(Type.Object({ field: Type.String(), before: Type.Unknown(), after: Type.Unknown() })),
  }),
});
export type AdministratorSignInUpdatedV1 = EventOf<typeof AdministratorSignInUpdatedV1>;
