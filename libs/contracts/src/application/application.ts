import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Count, Id, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';

const Application = Type.Object({
  clientId: Id,
  name: Type.String(),
  backchannelLogoutUri: Nullable(Type.String()),
  /** What its clock may be wrong by; taken off `authenticatedAt` before a barrier is compared (design §4.3). */
  clockSkewSeconds: Count,
  deadlineSeconds: Count,
  version: Count,
});

export const ApplicationRegisteredV1 = defineEvent({
  type: 'curfew.application.registered.v1',
  topic: TOPICS.applications,
  description: 'An application was registered.',
  schema: Application,
});
export type ApplicationRegisteredV1 = EventOf<typeof ApplicationRegisteredV1>;

export const ApplicationUpdatedV1 = defineEvent({
  type: 'curfew.application.updated.v1',
  topic: TOPICS.applications,
  description: 'An application was changed.',
  schema: Application,
});
export type ApplicationUpdatedV1 = EventOf<typeof ApplicationUpdatedV1>;

export const ApplicationRemovalAskedV1 = defineEvent({
  type: 'curfew.application.removal-asked.v1',
  topic: TOPICS.applications,
  description: 'Somebody wants an application gone; whether it may go, the registry decides, which knows its sessions.',
  schema: Type.Object({ removalId: Id, clientId: Id, endSessions: Type.Boolean() }),
});
export type ApplicationRemovalAskedV1 = EventOf<typeof ApplicationRemovalAskedV1>;

export const ApplicationRemovalDecidedV1 = defineEvent({
  type: 'curfew.application.removal-decided.v1',
  topic: TOPICS.sessions,
  description: 'Whether an application may go: not while it has live sessions, unless they are to end with it.',
  schema: Type.Object({
    removalId: Id,
    clientId: Id,
    removed: Type.Boolean(),
    liveSessions: Count,
    revocationId: Nullable(Id),
  }),
});
export type ApplicationRemovalDecidedV1 = EventOf<typeof ApplicationRemovalDecidedV1>;

export const ApplicationRemovedV1 = defineEvent({
  type: 'curfew.application.removed.v1',
  topic: TOPICS.applications,
  description: 'An application was removed.',
  schema: Type.Object({ clientId: Id, name: Type.String() }),
});
export type ApplicationRemovedV1 = EventOf<typeof ApplicationRemovedV1>;

export const ApplicationStateV1 = defineEvent({
  type: 'curfew.application.state.v1',
  topic: TOPICS.applicationState,
  description: 'An application as it now is.',
  schema: Type.Composite([Application, Type.Object({ removed: Type.Boolean() })]),
});
export type ApplicationStateV1 = EventOf<typeof ApplicationStateV1>;

export const SigningKeyRotatedV1 = defineEvent({
  type: 'curfew.signing-key.rotated.v1',
  topic: TOPICS.applications,
  description:
    "A tenant's logout tokens are signed with a new key; the old one stays published for the overlap, unless it is compromised.",
  schema: Type.Object({
    kid: Id,
    alg: Type.String(),
    previousKid: Nullable(Id),
    activatesAt: Type.String(),
    /** There when the old keys are compromised: those that are published no longer from now on. */
    withdrawnKids: Type.Optional(Type.Array(Id)),
  }),
});
export type SigningKeyRotatedV1 = EventOf<typeof SigningKeyRotatedV1>;
