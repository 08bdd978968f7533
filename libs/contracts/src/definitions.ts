import * as application from './application/application.js';
import * as audit from './audit/audit-head.v1.js';
import * as rejected from './signal/inbound-message.rejected.v1.js';
import * as deadLetter from './dead-letter/event.dead-lettered.v1.js';
import * as delivery from './delivery/delivery.js';
import type { EventDefinition } from './event.js';
import * as override from './policy/override.updated.v1.js';
import * as enforced from './policy/policy.enforced.v1.js';
import * as policy from './policy/policy.updated.v1.js';
import * as reactions from './policy/reactions.updated.v1.js';
import * as signIn from './policy/sign-in.js';
import * as reinstatement from './revocation/reinstatement.requested.v1.js';
import * as approval from './revocation/revocation.approval.js';
import * as completed from './revocation/revocation.completed.v1.js';
import * as covered from './revocation/revocation.covered.v1.js';
import * as declined from './revocation/revocation.declined.v1.js';
import * as requested from './revocation/revocation.requested.v1.js';
import * as resolved from './revocation/revocation.resolved.v1.js';
import * as started from './revocation/revocation.started.v1.js';
import * as opened from './session/session.opened.v1.js';
import * as refused from './session/session.refused.v1.js';
import * as reauthenticated from './session/session.reauthenticated.v1.js';
import * as revoked from './session/session.revoked.v1.js';
import * as parked from './signal/signal.parked.v1.js';
import * as received from './signal/signal.received.v1.js';
import * as rescinded from './signal/signal.rescinded.v1.js';
import * as scheduled from './signal/signal.scheduled.v1.js';
import * as settled from './signal/signal.settled.v1.js';
import * as securityEvent from './signal/security-event.js';
import * as source from './signal/source.js';
import * as guard from './signal/source-guard.js';
import * as transmitter from './signal/transmitter.js';
import * as webhook from './signal/webhook.refused.v1.js';
import * as directory from './subject/directory.person-changed.v1.js';
import * as duty from './shift/duty.js';
import * as shift from './shift/shift.js';
import * as subject from './subject/subject.changed.v1.js';
import * as protection from './subject/subject.protected.v1.js';
import * as owned from './subject/subject-owner.changed.v1.js';
import * as disputed from './subject/subject.identifier-disputed.v1.js';
import * as reinstated from './subject/subject.reinstated.v1.js';
import * as administrator from './tenant/administrator.js';
import * as tenant from './tenant/tenant.js';

const isDefinition = (value: unknown): value is EventDefinition =>
  typeof value === 'object' && value !== null && 'type' in value && 'topic' in value && 'schema' in value;

/** Every event there is, by type. */
export const EVENT_DEFINITIONS: ReadonlyMap<string, EventDefinition> = new Map(
  [
    rejected,
    received,
    scheduled,
    rescinded,
    parked,
    settled,
    source,
    guard,
    webhook,
    transmitter,
    securityEvent,
    shift,
    duty,
    requested,
    declined,
    reinstatement,
    approval,
    started,
    covered,
    resolved,
    completed,
    opened,
    refused,
    revoked,
    directory,
    reauthenticated,
    subject,
    disputed,
    protection,
    owned,
    reinstated,
    policy,
    override,
    enforced,
    reactions,
    signIn,
    tenant,
    administrator,
    application,
    delivery,
    audit,
    deadLetter,
  ]
    .flatMap((module) => Object.values(module).filter(isDefinition))
    .map((definition) => [definition.type, definition]),
);
