import { Type, type Static } from '@sinclair/typebox';
import { defineEvent, type EventOf } from '../event.js';
import { Id, Instant, Nullable } from '../fields.js';
import { TOPICS } from '../topics.js';

export const ROLES = [
  'operator',
  'owner',
  'admin',
  'responder',
  'auditor',
  'read-only',
  'application',
  'broker',
  'source',
] as const;
export type Role = (typeof ROLES)[number];

const Tenant = Type.Object({ tenantId: Id, name: Type.String(), createdAt: Instant });

export const TenantCreatedV1 = defineEvent({
  type: 'curfew.tenant.created.v1',
  topic: TOPICS.policies,
  description: 'A tenant was created.',
  schema: Tenant,
});
export type TenantCreatedV1 = EventOf<typeof TenantCreatedV1>;

export const TenantStateV1 = defineEvent({
  type: 'curfew.tenant.state.v1',
  topic: TOPICS.tenantState,
  description: 'A tenant as it now is.',
  schema: Tenant,
});
export type TenantStateV1 = EventOf<typeof TenantStateV1>;

/** Whom a credential stands for that a person got by signing in. */
export const Person = Type.Object({
  /** As the tenant's sessions and people name them. */
  subject: Id,
  name: Type.String(),
  authenticatedAt: Instant,
  /** How, in the words of the provider. */
  acr: Nullable(Type.String()),
  /** What the tenant asks of that authentication before a destructive act; absent and null: nothing. */
  stepUp: Type.Optional(
    Nullable(
      Type.Object({
        /** It is no older than this. */
        seconds: Type.Integer({ minimum: 1 }),
        /** It was done like this; null: however the provider does it. */
        acr: Nullable(Type.String()),
      }),
    ),
  ),
});
export type Person = Static<typeof Person>;

const ApiKey = Type.Object({
  keyId: Id,
  name: Type.String(),
  roles: Type.Array(Type.Union(ROLES.map((role) => Type.Literal(role))), { minItems: 1 }),
  /** Null: all that its roles allow. */
  scopes: Nullable(Type.Array(Type.String())),
  /** The application a key of role `application` speaks for. */
  clientId: Nullable(Id),
  /** The source a key of role `source` speaks for. */
  source: Nullable(Id),
  expiresAt: Nullable(Instant),
  revokedAt: Nullable(Instant),
  /** Absent and null: a program's. */
  person: Type.Optional(Nullable(Person)),
});

export const ApiKeyCreatedV1 = defineEvent({
  type: 'curfew.api-key.created.v1',
  topic: TOPICS.policies,
  description: 'An API key was created. The key itself is shown once and never stored.',
  schema: ApiKey,
});
export type ApiKeyCreatedV1 = EventOf<typeof ApiKeyCreatedV1>;

export const ApiKeyRevokedV1 = defineEvent({
  type: 'curfew.api-key.revoked.v1',
  topic: TOPICS.policies,
  description: 'An API key was revoked.',
  schema: ApiKey,
});
export type ApiKeyRevokedV1 = EventOf<typeof ApiKeyRevokedV1>;

export const ApiKeyStateV1 = defineEvent({
  type: 'curfew.api-key.state.v1',
  topic: TOPICS.tenantState,
  description: 'An API key as it now is; the services know it by its hash.',
  schema: Type.Composite([ApiKey, Type.Object({ hash: Type.String({ pattern: '^[0-9a-f]{64}$' }) })]),
});
export type ApiKeyStateV1 = EventOf<typeof ApiKeyStateV1>;
