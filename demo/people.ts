export type Group =
  'operations' | 'engineering' | 'data' | 'finance' | 'people' | 'sales' | 'support' | 'legal' | 'administrators';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** What HR calls them: its signals name nobody by e-mail. */
  readonly employeeId: string;
  readonly groups: readonly Group[];
  readonly region: 'eu-north' | 'eu-west' | 'us-east' | 'ap-east' | 'ap-south';
  readonly clearance: 'standard' | 'elevated';
  readonly devices: readonly { readonly id: string; readonly name: string; readonly kind: 'laptop' | 'phone' }[];
}

type Row = readonly [
  name: string,
  region: Person['region'],
  groups: readonly Group[],
  devices: readonly Person['devices'][number]['kind'][],
  clearance?: 'elevated',
];

/** In the order in which they leave, one each time the demo is started. */
const ROWS: readonly Row[] = [
  ['Mara Lindqvist', 'eu-north', ['operations', 'administrators'], ['laptop', 'phone'], 'elevated'],
  ['Tomasz Zieliński', 'eu-north', ['engineering'], ['laptop', 'phone'], 'elevated'],
  ['Aisha Rahman', 'eu-west', ['finance'], ['laptop', 'phone'], 'elevated'],
  ['Diego Fuentes', 'us-east', ['sales'], ['laptop', 'phone']],
  ['Yuki Tanaka', 'ap-east', ['engineering', 'data'], ['laptop']],
  ['Oluwaseun Adeyemi', 'eu-west', ['support'], ['laptop', 'phone']],
  ['Freja Sørensen', 'eu-north', ['people'], ['laptop', 'phone'], 'elevated'],
  ['Marcus Whitfield', 'us-east', ['engineering'], ['laptop']],
  ['Chiara Bellini', 'eu-west', ['legal'], ['laptop', 'phone'], 'elevated'],
  ['Rohan Mehta', 'ap-south', ['engineering', 'operations'], ['laptop', 'phone'], 'elevated'],
  ['Hannah Weiss', 'eu-north', ['finance'], ['laptop']],
  ['Kwame Boateng', 'eu-west', ['sales'], ['laptop', 'phone']],
  ['Linh Nguyễn', 'ap-east', ['support'], ['laptop']],
  ['Ivana Horvat', 'eu-north', ['data'], ['laptop']],
  ['Samuel Okafor', 'us-east', ['operations'], ['laptop', 'phone'], 'elevated'],
  ['Élise Moreau', 'eu-west', ['people'], ['laptop']],
  ['Gabriel Santos', 'us-east', ['sales'], ['laptop', 'phone']],
  ['Noor Haddad', 'eu-west', ['engineering'], ['laptop']],
  ['Patrick O’Connell', 'eu-west', ['support'], ['laptop', 'phone']],
  ['Sofia Papadaki', 'eu-north', ['finance', 'data'], ['laptop'], 'elevated'],
  ['Wei Zhang', 'ap-east', ['engineering'], ['laptop', 'phone']],
  ['Amelia Clarke', 'us-east', ['legal'], ['laptop']],
  ['Jonas Berg', 'eu-north', ['engineering'], ['laptop']],
  ['Priya Nair', 'ap-south', ['support'], ['laptop', 'phone']],
  ['Lucas Ferreira', 'us-east', ['data'], ['laptop']],
  ['Zofia Nowak', 'eu-north', ['sales'], ['laptop', 'phone']],
  ['Emre Yılmaz', 'eu-west', ['engineering'], ['laptop']],
  ['Grace Kim', 'us-east', ['finance'], ['laptop', 'phone'], 'elevated'],
  ['Anders Holm', 'eu-north', ['operations'], ['laptop', 'phone'], 'elevated'],
  ['Fatima Zahra Idrissi', 'eu-west', ['people'], ['laptop']],
  ['Daniel Rosenberg', 'us-east', ['engineering', 'data'], ['laptop']],
  ['Mei-Ling Chen', 'ap-east', ['sales'], ['laptop', 'phone']],
  ['Viktor Petrov', 'eu-north', ['engineering'], ['laptop']],
  ['Isabel Romero', 'eu-west', ['support'], ['laptop', 'phone']],
  ['Theo van Dijk', 'eu-west', ['engineering'], ['laptop']],
  ['Nadia Karimi', 'us-east', ['legal'], ['laptop']],
  ['Arjun Iyer', 'ap-south', ['engineering'], ['laptop', 'phone']],
  ['Clara Johansson', 'eu-north', ['finance'], ['laptop']],
  ['Hugo Laurent', 'eu-west', ['sales'], ['laptop', 'phone']],
  ['Olivia Turner', 'us-east', ['people'], ['laptop', 'phone']],
];

export const PEOPLE: readonly Person[] = ROWS.map(([name, region, groups, kinds, clearance], index) => {
  const id = plain(name);
  const number = 1001 + index;
  return {
    id,
    name,
    email: `${id}@halden.example`,
    employeeId: `E-${number}`,
    groups,
    region,
    clearance: clearance ?? 'standard',
    devices: kinds.map((kind) => ({
      id: `${kind.toUpperCase()}-${number}`,
      name: `${name.split(' ')[0]}’s ${kind}`,
      kind,
    })),
  };
});

/** `Élise Moreau` → `elise.moreau`. Letters that are no base letter with a mark are named one by one. */
function plain(name: string): string {
  return name
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l')
    .replaceAll('ı', 'i')
    .normalize('NFD')
    .replace(/[^A-Za-z -]/g, '')
    .toLowerCase()
    .replaceAll(' ', '.');
}
