import { Type, type Static, type TSchema } from '@sinclair/typebox';

/** Field schemas shared by the event definitions. */
export const Id = Type.String({ minLength: 1, maxLength: 256 });
export const Instant = Type.String({ minLength: 20, maxLength: 40, description: 'RFC 3339, UTC' });
export const Count = Type.Integer({ minimum: 0 });
/** A value of the one sequence that orders the registry's decisions (design §4.5); a decimal string, since it is 64 bits wide. */
export const Epoch = Type.String({ pattern: '^[0-9]{1,19}$' });
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** How a source names a person; any one of them resolves to one subject. */
export const SubjectIdentifiers = Type.Object({
  id: Type.Optional(Id),
  email: Type.Optional(Id),
  employeeId: Type.Optional(Id),
  iss: Type.Optional(Id),
  sub: Type.Optional(Id),
});

/** Which of somebody's sessions are meant. Left out: all of them. */
export const SessionLimits = Type.Object({
  /** Those authenticated until then. */
  authenticatedUpTo: Instant,
  /** Where either is given: those at one of these applications, or on one of these devices. */
  applications: Type.Optional(Type.Array(Id)),
  devices: Type.Optional(Type.Array(Id)),
  /** And of these only those that are called so: by `sid` or `signInId`. */
  sessions: Type.Optional(Type.Array(Id)),
});
export type SessionLimits = Static<typeof SessionLimits>;

export const TargetKind = Type.Union([
  Type.Literal('subject'),
  Type.Literal('device'),
  Type.Literal('session'),
  Type.Literal('application'),
  Type.Literal('group'),
  Type.Literal('tenant'),
]);

/** When the source said it: what orders the facts of one source (design §4.5). */
export const SourceOrder = Type.Object({
  source: Id,
  occurredAt: Instant,
  sequence: Type.Optional(Type.Integer()),
});
