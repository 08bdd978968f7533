/**
 * Every topic, with its single writer. Facts go to plain topics; current state that other services project goes to
 * compacted `….state` topics, which audit does not read; bulk work has topics of its own, so that one revocation never
 * waits behind 100,000.
 */
export const SERVICES = ['signals', 'policy', 'registry', 'fanout', 'audit', 'console'] as const;
export type ServiceName = (typeof SERVICES)[number];

export interface TopicDefinition {
  readonly name: string;
  /** `outside`: whoever publishes instead of calling. `any`: every service. */
  readonly writer: ServiceName | 'outside' | 'any';
  readonly kind: 'facts' | 'state' | 'bulk' | 'inbound' | 'dead-letters';
}

const topic = (name: string, writer: TopicDefinition['writer'], kind: TopicDefinition['kind']): TopicDefinition => ({
  name,
  writer,
  kind,
});

export const TOPICS = {
  signals: topic('curfew.signals', 'signals', 'facts'),
  policies: topic('curfew.policies', 'policy', 'facts'),
  policyState: topic('curfew.policies.state', 'policy', 'state'),
  tenantState: topic('curfew.tenants.state', 'policy', 'state'),
  revocations: topic('curfew.revocations', 'policy', 'facts'),
  sessions: topic('curfew.sessions', 'registry', 'facts'),
  sessionsBulk: topic('curfew.sessions.bulk', 'registry', 'bulk'),
  subjects: topic('curfew.subjects', 'registry', 'facts'),
  subjectState: topic('curfew.subjects.state', 'registry', 'state'),
  applications: topic('curfew.applications', 'fanout', 'facts'),
  applicationState: topic('curfew.applications.state', 'fanout', 'state'),
  deliveries: topic('curfew.deliveries', 'fanout', 'facts'),
  deliveriesBulk: topic('curfew.deliveries.bulk', 'fanout', 'bulk'),
  auditHeads: topic('curfew.audit-heads', 'audit', 'facts'),
  deadLetters: topic('curfew.dead-letters', 'any', 'dead-letters'),
  inboundHr: topic('curfew.inbound.hr', 'outside', 'inbound'),
  inboundHrDeadLetters: topic('curfew.inbound.hr.dlq', 'signals', 'dead-letters'),
} as const satisfies Record<string, TopicDefinition>;

export const STATE_TOPICS: ReadonlySet<string> = new Set(
  Object.values<TopicDefinition>(TOPICS)
    .filter(({ kind }) => kind === 'state')
    .map(({ name }) => name),
);

/** By its name, as the outbox's indexes tell them apart too. */
export const isBulkTopic = (name: string): boolean => name.endsWith('.bulk');
