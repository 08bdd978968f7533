import type { Subject } from '../subject/subject.js';

/** What one directory says of one subject. */
export interface DirectoryEntry {
  readonly source: string;
  readonly entryId: string;
  readonly subjectId: string;
  readonly groups: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly removed: boolean;
}

/** What it says now, besides groups and attributes. */
export interface Said extends Omit<DirectoryEntry, 'subjectId'> {
  readonly account: { readonly iss: string; readonly sub: string };
  readonly identifiers: Readonly<Record<string, string>>;
}

/**
 * The subject with what a directory now says of it. What it said before and says no more is taken away, unless another
 * directory says it too; what others have said stays. Identifiers it no longer gives stay as well: a kill that names
 * the person by an old one must find it.
 */
export function merged(
  subject: Subject,
  before: DirectoryEntry | undefined,
  others: readonly DirectoryEntry[],
  said: Said,
): Subject {
  const kept = new Set(others.flatMap(({ groups }) => groups));
  const dropped = new Set((before?.groups ?? []).filter((group) => !said.groups.includes(group) && !kept.has(group)));
  const attributes = Object.fromEntries(
    Object.entries(subject.attributes).filter(
      ([name, value]) => name in said.attributes || before?.attributes[name] !== value,
    ),
  );
  const { account } = said;
  const linked = subject.accounts.some(({ iss, sub }) => iss === account.iss && sub === account.sub);
  return {
    subjectId: subject.subjectId,
    identifiers: { ...subject.identifiers, ...said.identifiers },
    accounts: linked ? subject.accounts : [...subject.accounts, account],
    groups: [...new Set([...subject.groups.filter((group) => !dropped.has(group)), ...said.groups])],
    attributes: { ...attributes, ...said.attributes },
    listed: true,
  };
}

/** Two people of one directory are two people, whatever they have in common; one who was deleted may have come back. */
export const isSomebodyElse = (entries: readonly DirectoryEntry[], { source, entryId }: Said): boolean =>
  entries.some((entry) => entry.source === source && entry.entryId !== entryId && !entry.removed);
