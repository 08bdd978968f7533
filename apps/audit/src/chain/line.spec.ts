import fc from 'fast-check';
import type { Entry } from './entry.js';
import { lineOf } from './line.js';

const entry = (type: string, subject: string, data: unknown, actor = 'key:ada'): Entry => ({
  ...{ seq: 1, eventId: 'e', type, source: '/curfew/policy', subject, occurredAt: '2026-11-25T09:14:22.000Z', actor },
  ...{ correlationId: 'c', causationId: null, data: JSON.stringify(data), hash: '' },
});

describe('an entry as a line', () => {
  it.each([
    [
      entry('curfew.admin.policy_updated.v1', 'default', {
        reason: 'an audit',
        changes: [
          { field: 'idleSeconds', from: 3_600, to: 1_800 },
          { field: 'cap', from: 3, to: null },
        ],
      }),
      'POLICY   key:ada default: idleSeconds 3600 → 1800, cap 3 → null (an audit)',
    ],
    [
      entry('curfew.admin.override_updated.v1', 'group:sre', {
        changes: [
          { field: 'cap', to: 1 },
          { field: 'mfa', from: 'off' },
        ],
      }),
      'OVERRIDE key:ada group:sre: cap → 1, mfa "off" → inherited',
    ],
    [
      entry(
        'curfew.policy.enforced.v1',
        'default',
        { counts: { sessions: 13, marked: 12, changed: 1, ended: 0 } },
        'key:ada',
      ),
      'ENFORCE  key:ada default: 13 active sessions judged, 12 marked for re-auth, 1 updated',
    ],
    [entry('curfew.policy.applied.v1', 'default', { version: 4 }), 'OK       key:ada default is in force, version 4'],
    [
      entry('curfew.admin.sign_in_policy_updated.v1', 'p-1', {
        changes: [{ field: 'rules.r', before: null, after: { a: 1 } }],
      }),
      'POLICY   key:ada p-1: rules.r → {"a":1}',
    ],
    [entry('curfew.session.opened.v1', 'ada', {}), 'EVENT    key:ada curfew.session.opened.v1 ada'],
  ])('AU-04 has a time, a kind, who, and the change in words: %#', (of, line) => {
    expect(lineOf(of)).toBe(`2026-11-25T09:14:22.000Z ${line}`);
  });

  it('hostile names: is one line, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (subject, reason) => {
        const data = { reason: `${reason}\n2026 OK key:eve`, changes: [{ field: subject, to: reason }] };
        const line = lineOf(entry('curfew.admin.policy_updated.v1', `\u202e${subject}\r\n`, data));
        expect(line).not.toMatch(/[\n\r\u2028\u2029\u202e]/);
      }),
    );
  });
});
