import type { SignalType } from '@curfew/contracts';
import type { Principal } from './read-subject.js';

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
const SCIM = 'urn:ietf:params:scim:event:';
export const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/';

export interface EventRule {
  readonly event: string;
  /** Members of the event, by dotted path, and what they must be for the rule to hold. */
  readonly when?: Readonly<Record<string, readonly unknown[]>>;
  /** Null: it is noted, and leads to nothing. */
  readonly signal: SignalType | null;
  /** The reason, where the event gives none; of what leads to nothing, why. */
  readonly why: string;
  /** What a subject without parts names; default a user. */
  readonly principal?: Principal;
}

const ended = (event: string): EventRule => ({
  event,
  signal: 'sessions.revoked',
  why: 'The sessions were revoked where the person signs in',
  principal: 'session',
});
const noted = (event: string, why: string): EventRule => ({ event, signal: null, why });
const disabled = (event: string, why: string): EventRule => ({ event, signal: 'employment.terminated', why });
const compromised = (event: string, why: string): EventRule => ({ event, signal: 'credential.compromised', why });

const risk = (principal: string, of: Principal): EventRule => ({
  event: `${CAEP}risk-level-change`,
  when: { principal: [principal], current_level: ['HIGH'] },
  signal: 'risk.raised',
  why: 'The risk is high',
  principal: of,
});

/** SCIM says by the whole resource, or by what of it has changed, that somebody is active or not. */
const active = (of: string): EventRule[] => [
  { ...disabled(`${SCIM}prov:${of}`, 'The account was deactivated'), when: { 'data.active': [false] } },
  noted(`${SCIM}prov:${of}`, 'It does not say that the account was deactivated'),
];

/** What the events of CAEP 1.0, RISC 1.0 and RFC 9967 mean here. The first rule of an event that holds decides. */
export const EVENT_RULES: readonly EventRule[] = [
  ended(`${CAEP}session-revoked`),
  ended(`${RISC}sessions-revoked`),
  {
    event: `${CAEP}device-compliance-change`,
    when: { current_status: ['not-compliant', 'not_compliant'] },
    signal: 'device.noncompliant',
    why: 'The device is not compliant any more',
    principal: 'device',
  },
  noted(`${CAEP}device-compliance-change`, 'The device is compliant'),
  {
    event: `${CAEP}credential-change`,
    when: { change_type: ['update', 'revoke', 'delete'] },
    signal: 'credential.changed',
    why: 'A credential was changed or taken away',
  },
  noted(`${CAEP}credential-change`, 'A credential was added'),
  {
    event: `${CAEP}assurance-level-change`,
    when: { change_direction: ['decrease'] },
    signal: 'assurance.lowered',
    why: 'The assurance of the authentication is lower than it was',
    principal: 'session',
  },
  noted(`${CAEP}assurance-level-change`, 'It does not say that the assurance is lower'),
  { event: `${CAEP}token-claims-change`, signal: 'claims.changed', why: 'What tokens say of the person has changed' },
  risk('USER', 'user'),
  risk('DEVICE', 'device'),
  risk('SESSION', 'session'),
  noted(`${CAEP}risk-level-change`, 'The risk is not high, or not that of a person, a device or a session'),
  noted(`${CAEP}session-established`, 'Applications open sessions themselves'),
  noted(`${CAEP}session-presented`, 'Applications tell of activity themselves'),

  disabled(`${RISC}account-disabled`, 'The account was disabled'),
  disabled(`${RISC}account-purged`, 'The account was deleted'),
  { event: `${RISC}account-enabled`, signal: 'employment.rehired', why: 'The account was enabled' },
  compromised(`${RISC}credential-compromise`, 'A credential was compromised'),
  compromised(`${RISC}account-credential-change-required`, 'The person must change their credentials'),
  compromised(`${RISC}identifier-recycled`, 'The identifier is somebody else’s now'),
  noted(`${RISC}identifier-changed`, 'Directories tell of identifiers'),
  noted(`${RISC}recovery-activated`, 'It ends no access'),
  noted(`${RISC}recovery-information-changed`, 'It ends no access'),
  noted(`${RISC}opt-in`, 'It ends no access'),
  noted(`${RISC}opt-out-initiated`, 'It ends no access'),
  noted(`${RISC}opt-out-cancelled`, 'It ends no access'),
  noted(`${RISC}opt-out-effective`, 'The transmitter tells nothing more of this person'),

  disabled(`${SCIM}prov:deactivate`, 'The account was deactivated'),
  disabled(`${SCIM}prov:delete`, 'The account was deleted'),
  { event: `${SCIM}prov:activate`, signal: 'employment.rehired', why: 'The account was activated' },
  ...active('patch:full'),
  ...active('put:full'),
  ...active('create:full'),
  noted(`${SCIM}feed:remove`, 'The transmitter tells nothing more of this person'),
];

const byEvent = new Map<string, EventRule[]>();
for (const rule of EVENT_RULES) byEvent.set(rule.event, [...(byEvent.get(rule.event) ?? []), rule]);

/** Undefined: nobody has said what such an event means. */
export function ruleOf(event: string, members: Readonly<Record<string, unknown>>): EventRule | undefined {
  return byEvent
    .get(event)
    ?.find(({ when = {} }) => Object.entries(when).every(([path, values]) => values.includes(memberAt(members, path))));
}

const memberAt = (members: Readonly<Record<string, unknown>>, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (value, step) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, step)
          ? (value as Record<string, unknown>)[step]
          : undefined,
      members,
    );
