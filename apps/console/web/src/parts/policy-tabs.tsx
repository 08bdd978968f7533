import { Tabs } from './tabs';

const TABS = [
  ['/policies', 'policies.session'],
  ['/policies/sign-in', 'policies.signIn'],
  ['/policies/assignments', 'policies.assignments'],
  ['/policies/history', 'policies.history'],
] as const;

export const PolicyTabs = () => <Tabs label="policies.tabs" of={TABS} />;

export const policyHref = (policy: string): string =>
  policy === 'default' ? '/policies' : `/policies/of/${encodeURIComponent(policy)}`;
