import { isPermanent, isRerunnable, isUnavailable, PermanentError } from './errors.js';

const withCode = (code: string) => Object.assign(new Error('x'), { code });

/** What becomes of a message whose handler fails so: wrong to set aside means lost, wrong to wait means stuck for ever. */
const CASES: readonly (readonly [string, unknown, 'set aside' | 'run again' | 'waited for'])[] = [
  ['a broken rule', new PermanentError('no'), 'set aside'],
  ['text that is no date', withCode('22007'), 'set aside'],
  ['a NUL in a text', withCode('22021'), 'set aside'],
  ['a value that must not be null', withCode('23502'), 'set aside'],
  ['a key that is there already', withCode('23505'), 'set aside'],
  ['an index row that is too long', withCode('54000'), 'set aside'],
  ['a deadlock', withCode('40P01'), 'run again'],
  ['a serialization failure', withCode('40001'), 'run again'],
  ['a lock that was not had in time', withCode('55P03'), 'waited for'],
  ['a statement that took too long', withCode('57014'), 'waited for'],
  ['a full disk', withCode('53100'), 'waited for'],
  ['a table that is not there yet', withCode('42P01'), 'waited for'],
  ['a right that is missing', withCode('42501'), 'waited for'],
  ['a database that is read only', withCode('25006'), 'waited for'],
  ['a server that is not there', withCode('ECONNREFUSED'), 'waited for'],
  ['a code that only looks like one', withCode('22'), 'waited for'],
  ['a bug', new TypeError('undefined'), 'waited for'],
  ['no error at all', undefined, 'waited for'],
  ['a text', '23505', 'waited for'],
  ['nothing', null, 'waited for'],
];

it.each(CASES)('%s', (_name, error, becomes) => {
  expect([isPermanent(error), isRerunnable(error)]).toEqual([becomes === 'set aside', becomes === 'run again']);
});

it.each([
  ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', '57P01', '57P03', '08006', '53300', '25P03'].map(withCode),
  new Error('Connection terminated unexpectedly'),
  new Error('timeout exceeded when trying to connect'),
  new Error('Client has encountered a connection error and is not queryable'),
])('a database that does not answer: %p', (error) => {
  expect(isUnavailable(error)).toBe(true);
  expect(isPermanent(error)).toBe(false);
});

it.each([withCode('23505'), withCode('42P01'), new PermanentError('no'), new Error('no'), undefined])(
  'one that answered: %p',
  (error) => {
    expect(isUnavailable(error)).toBe(false);
  },
);
