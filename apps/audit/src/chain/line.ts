import type { Entry } from './entry.js';

/** What kind of line an entry makes where policies are concerned (AU-04); every other entry is an EVENT. */
const KINDS: Readonly<Record<string, string>> = {
  'curfew.admin.policy_updated.v1': 'POLICY',
  'curfew.admin.sign_in_policy_updated.v1': 'POLICY',
  'curfew.admin.sign_in_profile_updated.v1': 'POLICY',
  'curfew.admin.sign_in_protection_updated.v1': 'POLICY',
  'curfew.admin.override_updated.v1': 'OVERRIDE',
  'curfew.policy.enforced.v1': 'ENFORCE',
  'curfew.policy.applied.v1': 'OK',
};

interface Change {
  readonly field: string;
  readonly from?: unknown;
  readonly to?: unknown;
  readonly before?: unknown;
  readonly after?: unknown;
}

interface Said {
  readonly version?: number;
  readonly reason?: string | null;
  readonly changes?: readonly Change[];
  readonly counts?: Readonly<Record<string, number>>;
}

/** One entry as a line that a person reads: when, what kind, whose, and the change in words. */
export function lineOf({ occurredAt, type, actor, subject, data }: Entry): string {
  const kind = KINDS[type] ?? 'EVENT';
  const said = JSON.parse(data) as Said;
  return inOneLine(`${occurredAt} ${kind.padEnd(8)} ${actor} ${wordsOf(kind, type, subject, said)}`);
}

function wordsOf(kind: string, type: string, subject: string, { version, reason, changes, counts }: Said): string {
  switch (kind) {
    case 'POLICY':
    case 'OVERRIDE':
      return `${subject}: ${(changes ?? []).map(changeInWords).join(', ') || 'changed'}${reason ? ` (${reason})` : ''}`;
    case 'ENFORCE':
      return `${subject}: ${countsInWords(counts ?? {})}`;
    case 'OK':
      return `${subject} is in force, version ${version}`;
    default:
      return `${type} ${subject}`;
  }
}

function changeInWords(change: Change): string {
  const { field, from, before } = change;
  const [old, now] = [from ?? before, 'to' in change ? change.to : change.after];
  return `${field} ${old == null ? '' : `${JSON.stringify(old)} `}→ ${now === undefined ? 'inherited' : JSON.stringify(now)}`;
}

const WORDS = [
  ['marked', 'marked for re-auth'],
  ['changed', 'updated'],
  ['ended', 'ended'],
  ['evicted', 'evicted'],
] as const;

function countsInWords(counts: Readonly<Record<string, number>>): string {
  const told = WORDS.filter(([name]) => counts[name]).map(([name, words]) => `${counts[name]} ${words}`);
  return `${counts.sessions ?? 0} active sessions judged${told.length > 0 ? `, ${told.join(', ')}` : ''}`;
}

/** What comes from outside makes no line of its own, and moves no cursor. */
const inOneLine = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
