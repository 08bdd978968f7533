/**
 * Identifiers as they are stored and compared: `<kind>:<value>`. An HR employee id, an e-mail address, an issuer with
 * its `sub`, and Curfew's own id all lead to one subject.
 */
export interface SubjectReference {
  readonly id?: string;
  readonly email?: string;
  readonly employeeId?: string;
  readonly iss?: string;
  readonly sub?: string;
}

/** RFC 9493 asks for a canonical form before two addresses are compared; case is what differs in practice. */
const normalised = (kind: string, value: string): string =>
  kind === 'email' ? value.trim().normalize('NFC').toLowerCase() : value;

export const identifier = (kind: string, value: string): string => `${kind}:${normalised(kind, value)}`;

export const accountIdentifier = (iss: string, sub: string): string => identifier('account', `${iss}|${sub}`);

/** The most telling first: where two lead to different people, the earlier decides. */
export function identifiersOf({ id, employeeId, iss, sub, email }: SubjectReference): string[] {
  return [
    ...(id === undefined ? [] : [identifier('id', id)]),
    ...(employeeId === undefined ? [] : [identifier('employeeId', employeeId)]),
    ...(iss === undefined || sub === undefined ? [] : [accountIdentifier(iss, sub)]),
    ...(email === undefined ? [] : [identifier('email', email)]),
  ];
}
