/** What a session policy says, and how each of its fields is shown and edited. */
export type Value = number | string | boolean | null | readonly string[] | undefined;
export type Values = Readonly<Record<string, Value>>;

export interface Field {
  readonly name: string;
  readonly kind: 'seconds' | 'count' | 'choice' | 'flag' | 'words';
  /** It may be off: null. */
  readonly nullable?: boolean;
  readonly choices?: readonly string[];
}

export const FIELDS: readonly Field[] = [
  { name: 'absoluteSeconds', kind: 'seconds' },
  { name: 'idleSeconds', kind: 'seconds', nullable: true },
  { name: 'reauthSeconds', kind: 'seconds', nullable: true },
  { name: 'cap', kind: 'count', nullable: true },
  { name: 'overCap', kind: 'choice', choices: ['block', 'evict'] },
  { name: 'applicationCap', kind: 'count', nullable: true },
  { name: 'applicationOverCap', kind: 'choice', choices: ['block', 'evict'] },
  { name: 'refreshSeconds', kind: 'seconds', nullable: true },
  { name: 'accessTokenSeconds', kind: 'seconds' },
  { name: 'persistent', kind: 'flag' },
  { name: 'mfa', kind: 'choice', choices: ['off', 'optional', 'required'] },
  { name: 'mfaGraceDays', kind: 'count' },
  { name: 'factors', kind: 'words' },
  { name: 'auditLevel', kind: 'choice', choices: ['standard', 'detailed'] },
  { name: 'triggers', kind: 'words' },
];

/** What is counted over all applications, one of them can not say otherwise. */
const OF_ALL_APPLICATIONS = ['cap', 'overCap'];
export const fieldsOf = (policy: string): readonly Field[] =>
  policy.startsWith('application:') ? FIELDS.filter(({ name }) => !OF_ALL_APPLICATIONS.includes(name)) : FIELDS;

export const LAYERS = ['group', 'application', 'subject', 'region', 'clearance', 'dataClass'] as const;
export type Layer = (typeof LAYERS)[number];

/** As it is edited: of the default every field there is, of an override those it changes. */
export interface Draft {
  readonly values: Values;
  readonly exact: readonly string[];
  readonly reason: string;
  readonly expiresAt: string;
  readonly privileged: boolean;
}

export interface Override {
  readonly policy: string;
  readonly layer: Layer;
  readonly id: string;
  readonly version: number;
  readonly values: Values;
  readonly exact: readonly string[];
  readonly reason: string | null;
  readonly expiresAt: string | null;
  readonly privileged: boolean;
  readonly expired: boolean;
}

/** Its fields, and caps by application that no field here shows. */
export type DefaultDocument = Readonly<Record<string, unknown>>;

const plain = { exact: [], reason: '', expiresAt: '', privileged: false };

export const draftOfDefault = (document: DefaultDocument): Draft => {
  const { applications: _, ...values } = document;
  return { ...plain, values: values as Values };
};

export const draftOfOverride = (override: Override | undefined): Draft =>
  override
    ? {
        values: override.values,
        exact: override.exact,
        reason: override.reason ?? '',
        expiresAt: override.expiresAt ?? '',
        privileged: override.privileged,
      }
    : { ...plain, values: {} };

/** The document as the API takes it: what is the same is the same text, whatever order it was typed in. */
export function documentOf(draft: Draft, before: DefaultDocument | undefined): Record<string, unknown> {
  const values = Object.fromEntries(
    FIELDS.flatMap(({ name }) => (draft.values[name] === undefined ? [] : [[name, draft.values[name]]])),
  );
  if (before) return { ...values, applications: before.applications ?? {} };
  return {
    values,
    exact: draft.exact.filter((name) => name in values),
    ...(draft.reason ? { reason: draft.reason } : {}),
    ...(draft.expiresAt ? { expiresAt: draft.expiresAt } : {}),
    ...(draft.privileged ? { privileged: true } : {}),
  };
}

export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export interface Change {
  readonly field: string;
  readonly from?: unknown;
  readonly to?: unknown;
  readonly direction?: 'tightens' | 'loosens' | undefined;
}

export interface Counts {
  readonly sessions: number;
  readonly subjects: number;
  readonly marked: number;
  readonly changed: number;
  readonly ended: number;
  readonly evicted: number;
}

export interface Preview {
  readonly counts: Counts;
  readonly changes: readonly Change[];
  readonly looser: readonly string[];
  readonly byApplication: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly byGroup: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const UNITS: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'm'],
  [1, 's'],
];

/** `8h`, `1d 12h`, `90s`: as it is typed, too. */
export function durationText(seconds: number): string {
  const parts: string[] = [];
  let rest = seconds;
  for (const [size, unit] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * size;
  }
  return parts.join(' ') || '0s';
}

/** Undefined: it can not be read. A number alone is seconds. */
export function durationOf(text: string): number | undefined {
  const plainNumber = /^\d+$/.exec(text.trim());
  if (plainNumber) return Number(plainNumber[0]);
  if (!/^\s*(\d+\s*[dhms]\s*)+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)\s*([dhms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * UNITS.find(([, name]) => name === unit)![0],
    0,
  );
}

export const shown = (value: unknown): string => {
  if (value === null) return '–';
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : `${value as string | number | boolean}`;
};

export const shownAs = (name: string, value: unknown): string =>
  name.endsWith('Seconds') && typeof value === 'number' ? durationText(value) : shown(value);
