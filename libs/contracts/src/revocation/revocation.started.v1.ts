import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Epoch, Id, Instant, Nullable, SessionLimits, TargetKind } from '../fields.js';
import { TOPICS } from '../topics.js';

export const RevocationStartedV1 = defineEvent({
  type: 'curfew.revocation.started.v1',
  topic: TOPICS.sessions,
  description: 'The barrier of a revocation stands: from this instant nothing it covers is valid any more.',
  schema: Type.Object({
    revocationId: Id,
    signalId: Nullable(Id),
    target: Type.Object({ kind: TargetKind, id: Id }),
    /** Given: it covers these of the target's sessions and no others, whatever `epoch` says. */
    limits: Type.Optional(SessionLimits),
    bar: Type.Boolean(),
    reason: Type.String(),
    /** The instant of the barrier: nothing authenticated at or before it is valid. */
    notBefore: Instant,
    epoch: Epoch,
    deadlineAt: Instant,
    /** `superseded`: its source has said something newer; it raised no bar. */
    standing: Type.Union([Type.Literal('in_force'), Type.Literal('superseded')]),
  }),
});
export type RevocationStartedV1 = EventOf<typeof RevocationStartedV1>;
