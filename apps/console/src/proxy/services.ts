import type { ServiceName } from '@curfew/contracts';

/** Who answers which paths; the longest prefix wins. */
const OWNERS: Readonly<Record<string, ServiceName>> = {
  '/v1/signals': 'signals',
  '/v1/sources': 'signals',
  '/v1/transmitters': 'signals',
  '/v1/guards': 'signals',
  '/v1/holds': 'signals',
  '/v1/shifts': 'signals',
  '/v1/shifts/crossings': 'registry',
  '/v1/shifts/boundaries': 'registry',
  '/v1/duties': 'signals',
  '/v1/tenants': 'policy',
  '/v1/api-keys': 'policy',
  '/v1/administrator-sign-in': 'policy',
  '/v1/administrators': 'policy',
  '/v1/policies': 'policy',
  '/v1/policies/effective': 'registry',
  '/v1/policies/preview': 'registry',
  '/v1/reactions': 'policy',
  '/v1/sign-in-policies': 'policy',
  '/v1/sign-in-profiles': 'policy',
  '/v1/sign-in': 'policy',
  '/v1/sign-in-protection': 'policy',
  '/v1/approval-rule': 'registry',
  '/v1/approvals': 'registry',
  '/v1/subjects': 'registry',
  '/v1/devices': 'registry',
  '/v1/sessions': 'registry',
  '/v1/watch': 'registry',
  '/v1/revocations': 'registry',
  '/v1/applications': 'fanout',
  '/v1/deliveries': 'fanout',
  '/v1/signing-keys': 'fanout',
  '/v1/audit': 'audit',
};

/** Undefined for what is no service's, and for a path that is not written the plain way: it may mean another. */
export function ownerOf(path: string): ServiceName | undefined {
  if (/\/\.|\/\/|\\|%2e|%2f|%5c/i.test(path)) return undefined;
  const segments = path.split('/');
  return OWNERS[segments.slice(0, 4).join('/')] ?? OWNERS[segments.slice(0, 3).join('/')];
}
