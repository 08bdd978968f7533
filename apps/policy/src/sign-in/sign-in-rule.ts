import { unprocessableField } from '@curfew/contracts';
import { canonicalRange } from './address-range.js';
import { canonicalTimeZone, type TimeWindow } from './time-window.js';

export const DEVICE_STATES = ['compliant', 'non-compliant', 'unmanaged', 'unknown'] as const;
export type DeviceState = (typeof DEVICE_STATES)[number];
export const ACTIONS = ['ALLOW', 'DENY'] as const;
export type Action = (typeof ACTIONS)[number];
export const AUDIT_LEVELS = ['BASIC', 'DETAILED'] as const;
export type AuditLevel = (typeof AUDIT_LEVELS)[number];

/** From 0 to 100; both bounds lie outside of what is meant. */
export interface RiskBand {
  readonly above?: number | undefined;
  readonly below?: number | undefined;
}

/** All of those that are there must hold (SP-08). */
export interface Conditions {
  /** False: only the subjects named, and the members of the groups named. */
  readonly matchAllUsers: boolean;
  readonly groups: readonly string[];
  readonly subjects: readonly string[];
  /** Canonical addresses and CIDR blocks. */
  readonly ip?: readonly string[] | undefined;
  readonly time?: TimeWindow | undefined;
  readonly device?: readonly DeviceState[] | undefined;
  readonly risk?: RiskBand | undefined;
}

/** What the session that comes of it is to be like. */
export interface SessionParameters {
  readonly absoluteSeconds: number;
  /** Null is off. */
  readonly idleSeconds: number | null;
  /** Null is unlimited. */
  readonly cap: number | null;
  readonly persistent: boolean;
  readonly auditLevel: AuditLevel;
}

export const INITIAL_SESSION: SessionParameters = {
  absoluteSeconds: 28_800,
  idleSeconds: 3_600,
  cap: 3,
  persistent: false,
  auditLevel: 'DETAILED',
};

export interface SignInRule {
  readonly ruleId: string;
  readonly name: string;
  readonly priority: number;
  readonly conditions: Conditions;
  readonly action: Action;
  /** The sign-in profile of the first factor; null where the MFA policy is all that is asked for, or with DENY. */
  readonly profile: string | null;
  readonly mfa: string | null;
  /** Null with DENY. */
  readonly session: SessionParameters | null;
}

/** A rule as it was asked for: what is left out has its default. */
export interface RuleRequest {
  readonly name: string;
  readonly priority?: number;
  readonly conditions?: Partial<Conditions>;
  readonly action: Action;
  readonly profile?: string | null;
  readonly mfa?: string | null;
  readonly session?: Partial<SessionParameters>;
}

/** SP-02, for policies and rules alike. */
export function assertPriority(priority: number): void {
  if (priority < 1 || priority > 1_000) throw unprocessableField('priority', 'must be from 1 to 1000');
}

/** Throws `unprocessable_field`. */
export function ruleOf(ruleId: string, request: RuleRequest): SignInRule {
  const { name, priority = 100, conditions = {}, action, profile = null, mfa = null, session } = request;
  assertPriority(priority);
  if (action === 'ALLOW' && profile === null && mfa === null)
    throw unprocessableField('profile', 'or mfa must be chosen with ALLOW');
  for (const [field, value] of Object.entries({ profile, mfa, session }))
    if (action === 'DENY' && value != null) throw unprocessableField(field, 'belongs to ALLOW, and only to it');
  return {
    ruleId,
    name,
    priority,
    conditions: conditionsOf(conditions),
    action,
    profile,
    mfa,
    session: action === 'ALLOW' ? sessionOf(session) : null,
  };
}

const sessionOf = (asked: Partial<SessionParameters> = {}): SessionParameters => ({
  absoluteSeconds: asked.absoluteSeconds ?? INITIAL_SESSION.absoluteSeconds,
  idleSeconds: asked.idleSeconds === undefined ? INITIAL_SESSION.idleSeconds : asked.idleSeconds,
  cap: asked.cap === undefined ? INITIAL_SESSION.cap : asked.cap,
  persistent: asked.persistent ?? INITIAL_SESSION.persistent,
  auditLevel: asked.auditLevel ?? INITIAL_SESSION.auditLevel,
});

function conditionsOf({
  groups = [],
  subjects = [],
  ip,
  time,
  device,
  risk,
  ...users
}: Partial<Conditions>): Conditions {
  const named = groups.length + subjects.length > 0;
  const { matchAllUsers = !named } = users;
  if (matchAllUsers === named)
    throw unprocessableField('conditions.matchAllUsers', 'must be true, or somebody must be named, and not both');
  for (const [field, list] of Object.entries({ ip, device }))
    if (list?.length === 0) throw unprocessableField(`conditions.${field}`, 'must name at least one, or be left out');
  return {
    matchAllUsers,
    groups: [...new Set(groups)],
    subjects: [...new Set(subjects)],
    ...(ip && { ip: [...new Set(ip.map(rangeAsked))] }),
    ...(time && { time: windowOf(time) }),
    ...(device && { device: [...new Set(device)] }),
    ...(risk && { risk: bandOf(risk) }),
  };
}

function rangeAsked(text: string, at: number): string {
  const range = canonicalRange(text);
  if (range === undefined) throw unprocessableField(`conditions.ip.${at}`, 'is neither an address nor a CIDR block');
  return range;
}

function windowOf({ days, from, to, timeZone: name }: TimeWindow): TimeWindow {
  const timeZone = canonicalTimeZone(name);
  if (timeZone === undefined)
    throw unprocessableField('conditions.time.timeZone', 'is no time zone of the IANA database');
  if (days.length === 0) throw unprocessableField('conditions.time.days', 'must name at least one');
  if (from === to) throw unprocessableField('conditions.time.to', 'must differ from where the window begins');
  return { days: [...new Set(days)], from, to, timeZone };
}

function bandOf({ above, below }: RiskBand): RiskBand {
  if (above === undefined && below === undefined) throw unprocessableField('conditions.risk', 'must have a bound');
  if ((above ?? -1) + 1 >= (below ?? 101))
    throw unprocessableField('conditions.risk.below', 'leaves nothing that could match');
  return { ...(above !== undefined && { above }), ...(below !== undefined && { below }) };
}
