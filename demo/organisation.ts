import { PEOPLE, type Group, type Person } from './people.js';

/** Halden Instruments does not exist; its people, devices and applications are made up. */
export const ORGANISATION = 'Halden Instruments';

export interface ApplicationFacts {
  readonly clientId: string;
  readonly name: string;
  /** It proves what it did: its answer is a receipt it has signed. */
  readonly signsReceipts?: boolean;
}

export const APPLICATIONS: readonly ApplicationFacts[] = [
  { clientId: 'mail', name: 'Mail' },
  { clientId: 'calendar', name: 'Calendar' },
  { clientId: 'chat', name: 'Chat' },
  { clientId: 'wiki', name: 'Wiki' },
  { clientId: 'drive', name: 'Drive' },
  { clientId: 'people-portal', name: 'People portal' },
  { clientId: 'learning', name: 'Learning' },
  { clientId: 'recruiting', name: 'Recruiting' },
  { clientId: 'expenses', name: 'Expenses' },
  { clientId: 'travel', name: 'Travel' },
  { clientId: 'payroll', name: 'Payroll', signsReceipts: true },
  { clientId: 'treasury', name: 'Treasury', signsReceipts: true },
  { clientId: 'purchasing', name: 'Purchasing' },
  { clientId: 'contracts', name: 'Contracts' },
  { clientId: 'crm', name: 'Customer records' },
  { clientId: 'helpdesk', name: 'Helpdesk' },
  { clientId: 'code', name: 'Code' },
  { clientId: 'builds', name: 'Builds' },
  { clientId: 'monitoring', name: 'Monitoring' },
  { clientId: 'incidents', name: 'Incidents' },
  { clientId: 'warehouse', name: 'Data warehouse' },
  { clientId: 'reports', name: 'Reports' },
  { clientId: 'remote-access', name: 'Remote access', signsReceipts: true },
];

const FOR_EVERYBODY = ['mail', 'calendar', 'chat', 'wiki'];

const BY_GROUP: Readonly<Record<Group, readonly string[]>> = {
  operations: ['monitoring', 'incidents', 'helpdesk', 'remote-access'],
  engineering: ['code', 'builds', 'monitoring', 'incidents'],
  data: ['warehouse', 'reports', 'code'],
  finance: ['payroll', 'treasury', 'purchasing', 'expenses', 'reports'],
  people: ['people-portal', 'recruiting', 'learning', 'payroll'],
  sales: ['crm', 'contracts', 'travel', 'expenses'],
  support: ['helpdesk', 'crm', 'incidents'],
  legal: ['contracts', 'drive', 'purchasing'],
  administrators: APPLICATIONS.map(({ clientId }) => clientId),
};

/** What there is an app for; the rest is used at a laptop only. */
const ON_THE_PHONE = ['mail', 'calendar', 'chat', 'people-portal', 'expenses', 'travel', 'helpdesk', 'incidents'];

/** One person at one application from one device. */
export interface Seat {
  readonly person: Person;
  readonly device: Person['devices'][number];
  readonly clientId: string;
}

/** Where a person is signed in on a working day. */
export function seatsOf(person: Person): Seat[] {
  const used = new Set([...FOR_EVERYBODY, ...person.groups.flatMap((group) => BY_GROUP[group])]);
  return person.devices.flatMap((device) =>
    [...used]
      .filter((clientId) => device.kind === 'laptop' || ON_THE_PHONE.includes(clientId))
      .map((clientId) => ({ person, device, clientId })),
  );
}

/** Nobody: signs in everywhere and is ended, so that the story starts in a system that is warm (see play.ts). */
export const WARM_UP: Person = {
  id: 'warm-up',
  name: 'Warm-up (nobody)',
  email: 'warm-up@halden.example',
  employeeId: 'E-0000',
  groups: ['administrators'],
  region: 'eu-north',
  clearance: 'standard',
  devices: [{ id: 'LAPTOP-0000', name: 'Warm-up', kind: 'laptop' }],
};

export { PEOPLE };
