import { Problem } from '@curfew/contracts';
import { patched, readOperations } from './patch-resource.js';
import { readResource } from './read-resource.js';
import { ENTERPRISE_SCHEMA, USER } from './scim-schema.js';

const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ada = readResource(USER, {
  userName: 'ada',
  active: true,
  name: { givenName: 'Ada', familyName: 'Byron' },
  emails: [
    { value: 'ada@acme.example', type: 'work', primary: true },
    { value: 'ada@home.example', type: 'home' },
  ],
});

const patch = (...operations: object[]) => patched(USER, ada, readOperations(USER, { Operations: operations }));
const scimTypeOf = (work: () => unknown): unknown => {
  try {
    work();
    return 'nothing refused';
  } catch (error) {
    return error instanceof Problem ? error.more.scimType : error;
  }
};

describe('what the two big directories write', () => {
  it.each([
    [{ op: 'replace', value: { active: false } }],
    [{ op: 'Replace', path: 'active', value: 'False' }],
    [{ op: 'replace', path: 'active', value: false }],
    [{ op: 'add', value: { active: 'false' } }],
    [{ op: 'REPLACE', path: 'Active', value: [{ $ref: null, value: 'False' }] }],
    [{ op: 'replace', path: `${CORE}:active`, value: 'FALSE' }],
    [{ op: 'replace', path: `${CORE.toUpperCase()}:ACTIVE`, value: false }],
    [{ op: 'replace', value: { [`${CORE}:active`]: false } }],
    [{ op: 'replace', value: { id: 'x', meta: {}, groups: [], nothingWeKnow: 1, active: false } }],
  ])('%j deactivates', (operation) => {
    expect(patch(operation)).toEqual({ ...ada, active: false });
  });

  it('a list of operations in their order, the last of which counts', () => {
    const both = [
      { op: 'replace', path: 'active', value: false },
      { op: 'replace', path: 'active', value: true },
    ];
    expect(patch(...both).active).toBe(true);
    expect(patch(...both.toReversed()).active).toBe(false);
  });

  it.each([
    [{ op: 'replace', value: { 'name.givenName': 'Eve' } }, { name: { givenName: 'Eve', familyName: 'Byron' } }],
    [{ op: 'Add', path: 'name.givenName', value: 'Eve' }, { name: { givenName: 'Eve', familyName: 'Byron' } }],
    [{ op: 'add', path: 'nickName', value: 'Countess' }, { nickName: 'Countess' }],
    [{ op: 'Replace', path: 'title', value: null }, {}],
  ])('%j', (operation, changed) => {
    expect(patch(operation)).toEqual({ ...ada, ...changed });
  });

  it.each([
    [{ op: 'Add', path: `${ENTERPRISE_SCHEMA}:department`, value: 'X' }, { department: 'X' }],
    [{ op: 'replace', value: { [`${ENTERPRISE_SCHEMA}:department`]: 'X' } }, { department: 'X' }],
    [{ op: 'replace', value: { [ENTERPRISE_SCHEMA]: { department: 'X' } } }, { department: 'X' }],
    [{ op: 'Replace', path: `${ENTERPRISE_SCHEMA}:manager`, value: 'm-1' }, { manager: { value: 'm-1' } }],
    [{ op: 'Add', path: `${ENTERPRISE_SCHEMA}:manager`, value: [{ value: 'm-1' }] }, { manager: { value: 'm-1' } }],
  ])('%j: an extension', (operation, extension) => {
    expect(patch(operation)[ENTERPRISE_SCHEMA]).toEqual(extension);
    expect(patch(operation).schemas).toEqual([CORE, ENTERPRISE_SCHEMA]);
  });

  const [work, home] = ada.emails as object[];
  it.each([
    [{ op: 'Replace', path: 'emails[type eq "work"].value', value: 'n' }, [{ ...work, value: 'n' }, home]],
    [{ op: 'Add', path: 'emails[type eq "other"].value', value: 'n' }, [work, home, { type: 'other', value: 'n' }]],
    [{ op: 'remove', path: 'emails[type eq "home"]' }, [work]],
    [{ op: 'Remove', path: 'emails', value: [home] }, [work]],
    [{ op: 'remove', path: 'emails' }, undefined],
    [{ op: 'replace', path: 'emails', value: { value: 'n' } }, [{ value: 'n' }]],
  ])('%j: of several values', (operation, emails) => {
    expect(patch(operation).emails).toEqual(emails);
  });

  it('an attribute nobody knows keeps nothing else from counting', () => {
    expect(
      patch({ op: 'Add', path: 'urn:acme:2.0:User:badge', value: 7 }, { op: 'replace', value: { active: false } }),
    ).toEqual({ ...ada, active: false });
  });
});

it.each([
  ['noTarget', { op: 'remove' }],
  ['invalidValue', { op: 'replace', value: 'active' }],
  ['invalidValue', { op: 'replace', path: 'active', value: 'maybe' }],
  ['invalidValue', { op: 'remove', path: 'userName' }],
  ['invalidPath', { op: 'replace', path: 'emails[type eq', value: 'x' }],
  ['invalidPath', { op: 'replace', path: 'emails[]]', value: 'x' }],
  ['invalidSyntax', { op: 'move', path: 'active' }],
  ['mutability', { op: 'replace', path: 'meta.version', value: 'x' }],
])('%s: %j', (scimType, operation) => {
  expect(scimTypeOf(() => patch(operation))).toBe(scimType);
});

it('reaches into no prototype', () => {
  for (const path of ['__proto__.polluted', 'constructor.prototype', 'name.__proto__'])
    expect(scimTypeOf(() => patch({ op: 'add', path, value: { polluted: true } }))).toBe('nothing refused');
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});
