/** An entry of the audit trail, as it is exported. */
export interface Entry {
  readonly eventId: string;
  readonly type: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export const ACCEPTED = /^curfew\.delivery\.(accepted|confirmed)\.v1$/;

/** What an entry tells, by what makes it that fact and no other; its event id would make every entry one of its own. */
export function factOf({ type, eventId, data }: Entry): string {
  const { signalId, revocationId, sessionId, attempt } = data as Record<string, string> & {
    attempt?: { number: number } | null;
  };
  switch (type) {
    case 'curfew.signal.received.v1':
    case 'curfew.signal.scheduled.v1':
    case 'curfew.revocation.requested.v1':
      return `${type} ${signalId}`;
    case 'curfew.revocation.started.v1':
    case 'curfew.revocation.resolved.v1':
    case 'curfew.revocation.completed.v1':
      return `${type} ${revocationId}`;
    case 'curfew.session.opened.v1':
    case 'curfew.session.revoked.v1':
      return `${type} ${sessionId}`;
    default:
      return type.startsWith('curfew.delivery.')
        ? `${type} ${sessionId} ${attempt?.number ?? ''}`
        : `${type} ${eventId}`;
  }
}
