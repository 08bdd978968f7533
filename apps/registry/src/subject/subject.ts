import { accountIdentifier, identifier } from './identifier.js';

export interface Subject {
  readonly subjectId: string;
  readonly identifiers: Readonly<Record<string, string>>;
  readonly accounts: readonly { readonly iss: string; readonly sub: string }[];
  readonly groups: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  /** False: no directory has named it; it became known by a sign-in. */
  readonly listed: boolean;
}

export const unlistedSubject = (subjectId: string): Subject => ({
  subjectId,
  identifiers: {},
  accounts: [],
  groups: [],
  attributes: {},
  listed: false,
});

/** Everything the subject is found by, its own id among it. */
export const allIdentifiers = ({ subjectId, identifiers, accounts }: Subject): string[] => [
  identifier('id', subjectId),
  ...Object.entries(identifiers).map(([kind, value]) => identifier(kind, value)),
  ...accounts.map(({ iss, sub }) => accountIdentifier(iss, sub)),
];
