import { Tabs } from './tabs';

const TABS = [
  ['/shifts', 'shifts.week'],
  ['/shifts/duties', 'shifts.duties'],
  ['/shifts/crossings', 'shifts.crossings'],
] as const;

export const ShiftTabs = () => <Tabs label="shifts.tabs" of={TABS} />;

export const shiftHref = (id: string): string => `/shifts/of/${encodeURIComponent(id)}`;
