import { accountIdentifier, identifier, identifiersOf } from './identifier.js';
import { allIdentifiers, unlistedSubject } from './subject.js';

describe('an e-mail address', () => {
  it.each(['Ada@Acme.Example', ' ada@acme.example ', 'ADA@ACME.EXAMPLE'])('is one however it is written: %j', (text) =>
    expect(identifier('email', text)).toBe('email:ada@acme.example'),
  );

  it('is one whether its letters are composed or not', () => {
    expect(identifier('email', 'rene\u0301@acme.example')).toBe(identifier('email', 'ren\u00e9@acme.example'));
  });
});

it('everything else is compared to the letter', () => {
  expect(identifier('employeeId', 'e-1')).not.toBe(identifier('employeeId', 'E-1'));
  expect(identifier('id', ' a')).not.toBe(identifier('id', 'a'));
});

it('identifiers of two kinds never meet', () => {
  expect(identifier('id', 'E-1')).not.toBe(identifier('employeeId', 'E-1'));
  expect(accountIdentifier('https://idp.example', 'ada')).not.toBe(accountIdentifier('https://other.example', 'ada'));
});

it('a reference is looked up by the most telling first', () => {
  const reference = { email: 'A@x.example', iss: 'https://idp.example', sub: '7', employeeId: 'E-1', id: 'ada' };
  expect(identifiersOf(reference)).toEqual([
    'id:ada',
    'employeeId:E-1',
    'account:https://idp.example|7',
    'email:a@x.example',
  ]);
});

it('an issuer without its sub, or a sub without its issuer, names nobody', () => {
  expect(identifiersOf({ iss: 'https://idp.example' })).toEqual([]);
  expect(identifiersOf({ sub: '7' })).toEqual([]);
});

it('a subject is found by whatever a reference to it holds', () => {
  const subject = {
    ...unlistedSubject('ada'),
    identifiers: { email: 'Ada@Acme.Example', employeeId: 'E-1' },
    accounts: [{ iss: 'https://idp.example', sub: '7' }],
  };
  const found = allIdentifiers(subject);
  for (const reference of [
    { id: 'ada' },
    { email: 'ada@ACME.example' },
    { employeeId: 'E-1' },
    { iss: 'https://idp.example', sub: '7' },
  ])
    expect(found).toEqual(expect.arrayContaining(identifiersOf(reference)));
});
