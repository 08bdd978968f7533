import { Type, type Static } from '@sinclair/typebox';
import { Nullable } from '../fields.js';

const Cap = Nullable(Type.Integer({ minimum: 1, maximum: 1_000_000 }));
const OverCap = Type.Union([Type.Literal('block'), Type.Literal('evict')]);

/** The one policy in force for a tenant; inheritance and overrides come with the full policies. */
export const DefaultPolicy = Type.Object({
  absoluteSeconds: Type.Integer({ minimum: 1 }),
  /** Null: inactivity alone never ends a session (LT-05). */
  idleSeconds: Nullable(Type.Integer({ minimum: 1 })),
  /** Sign-ins of one person at a time; null is unlimited. */
  cap: Cap,
  overCap: OverCap,
  /** Sessions of one person at one application, by client id. */
  applications: Type.Record(Type.String(), Type.Object({ cap: Cap, overCap: OverCap })),
});
export type DefaultPolicy = Static<typeof DefaultPolicy>;

export const INITIAL_POLICY: DefaultPolicy = {
  absoluteSeconds: 28_800,
  idleSeconds: 3_600,
  cap: 3,
  overCap: 'block',
  applications: {},
};
