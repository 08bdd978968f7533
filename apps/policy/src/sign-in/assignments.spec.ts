import { assignmentsOf } from './assignments.js';
import { DEFAULT_POLICY, type SignInPolicy } from './sign-in-policy.js';

const policy = (policyId: string, priority: number, more: Partial<SignInPolicy> = {}): SignInPolicy => ({
  ...{ policyId, version: 1, name: policyId, description: null, priority, status: 'active' },
  assignment: { subjects: [], groups: [] },
  ...more,
});

it('AU-09 says of each person which policies they are under, directly or by group, in the order they are asked', () => {
  const policies = [
    DEFAULT_POLICY,
    policy('by-group', 5, { assignment: { subjects: ['cy'], groups: ['sre', 'admins', 'sales'] } }),
    policy('by-name', 9, { assignment: { subjects: ['ada'], groups: [] } }),
    policy('off', 900, { status: 'inactive', assignment: { subjects: ['ada'], groups: ['sre'] } }),
  ];
  const people = [
    { subjectId: 'ada', groups: ['sre', 'admins', 'staff'] },
    { subjectId: 'bob', groups: ['staff'] },
  ];
  const everyone = { policyId: 'default', name: DEFAULT_POLICY.name, directly: true, groups: [] };
  expect(assignmentsOf(policies, people)).toEqual([
    {
      subject: 'ada',
      policies: [
        { policyId: 'by-name', name: 'by-name', directly: true, groups: [] },
        { policyId: 'by-group', name: 'by-group', directly: false, groups: ['admins', 'sre'] },
        everyone,
      ],
    },
    { subject: 'bob', policies: [everyone] },
  ]);
});
