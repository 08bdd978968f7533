import type { DataOf, DirectoryPersonChangedV1 } from '@curfew/contracts';
import { isPlainText } from '@curfew/runtime';
import type { SubjectReference } from '../signal/signal.js';
import { isObject, type Resource } from './read-resource.js';
import { ENTERPRISE_SCHEMA, SUBJECT_SCHEMA } from './scim-schema.js';
import type { StoredUser } from './scim.store.js';

export type DirectoryPerson = DataOf<typeof DirectoryPersonChangedV1>;

/** As signals name what a directory says. No key that calls the API speaks for it: their sources have no colon. */
export const directorySource = (name: string): string => `scim:${name}`;

/** The one identifier of a person that is nobody else's, whatever they are called by now: their resource's own id. */
export const accountOf = (source: string, id: string): Required<Pick<SubjectReference, 'iss' | 'sub'>> => ({
  iss: `urn:curfew:${source}`,
  sub: id,
});

/** Of an e-mail address or a number that is none, nobody is found by it. */
const LONGEST_IDENTIFIER = 256;
const usable = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= LONGEST_IDENTIFIER && isPlainText(value);

/** What the registry is told of a person. */
export function personOf(source: string, user: StoredUser, removed: boolean): DirectoryPerson {
  const enterprise = extensionOf(user.resource, ENTERPRISE_SCHEMA);
  const subject = extensionOf(user.resource, SUBJECT_SCHEMA);
  const { title, userType } = user.resource;
  return {
    source,
    account: accountOf(source, user.id),
    userName: user.userName,
    identifiers: picked({ userName: user.userName, email: emailOf(user), employeeId: enterprise.employeeNumber }),
    groups: removed ? [] : [...new Set(user.groups.map(({ displayName }) => displayName))],
    attributes: removed
      ? {}
      : picked({
          title,
          userType,
          department: enterprise.department,
          division: enterprise.division,
          organization: enterprise.organization,
          region: subject.region,
          clearance: subject.clearance,
        }),
    active: user.active,
    removed,
  };
}

const extensionOf = (resource: Resource, id: string): Resource => (resource[id] ?? {}) as Resource;

const picked = (values: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => usable(entry[1])));

/** The primary one, else the one at work, else the first; a user name that is an address is one. */
function emailOf({ userName, resource }: StoredUser): string | undefined {
  const emails = (Array.isArray(resource.emails) ? resource.emails : []).filter(isObject);
  const email =
    emails.find(({ primary }) => primary === true) ?? emails.find(({ type }) => type === 'work') ?? emails[0];
  return usable(email?.value) ? email.value : userName.includes('@') ? userName : undefined;
}
