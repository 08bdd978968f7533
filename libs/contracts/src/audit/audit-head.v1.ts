import { Type } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id, Instant } from '../fields.js';
import { TOPICS } from '../topics.js';

export const AuditHeadSignedV1 = defineEvent({
  type: 'curfew.audit-head.signed.v1',
  topic: TOPICS.auditHeads,
  description: "The head of a tenant's audit chain, signed. Policy keeps a copy, so a cut or rewritten chain is found.",
  schema: Type.Object({
    seq: Type.Integer({ minimum: 1 }),
    hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    signedAt: Instant,
    kid: Id,
    /** A compact JWS by audit's own key; its payload says `tenant`, `seq`, `hash` and `iat`. */
    jws: Type.String(),
  }),
});
export type AuditHeadSignedV1 = EventOf<typeof AuditHeadSignedV1>;

export const AuditHeadsAskedV1 = defineEvent({
  type: 'curfew.audit-heads.asked.v1',
  topic: TOPICS.auditHeads,
  description: 'A verification asks the witness for the heads it has kept.',
  schema: Type.Object({ verificationId: Id }),
});
export type AuditHeadsAskedV1 = EventOf<typeof AuditHeadsAskedV1>;

export const AuditHeadsWitnessedV1 = defineEvent({
  type: 'curfew.audit-heads.witnessed.v1',
  topic: TOPICS.policies,
  description: 'The heads the witness has kept, for a verification.',
  schema: Type.Object({
    verificationId: Id,
    heads: Type.Array(Type.Object({ seq: Type.Integer(), hash: Type.String(), signedAt: Instant })),
  }),
});
export type AuditHeadsWitnessedV1 = EventOf<typeof AuditHeadsWitnessedV1>;
