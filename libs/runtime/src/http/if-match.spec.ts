import { assertMatches, etagOf } from './if-match.js';

const codeOf = (ifMatch: string | undefined): string => {
  try {
    assertMatches(ifMatch, 7);
    return 'taken';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

it.each([
  [etagOf(7), 'taken'],
  ['*', 'taken'],
  ['"6", "7"', 'taken'],
  ['"6"', 'precondition_failed'],
  ['7', 'precondition_failed'],
  ['W/"7"', 'precondition_failed'], // If-Match compares strongly
  ['', 'precondition_failed'],
  [undefined, 'precondition_required'],
])('If-Match %s at version 7: %s', (ifMatch, code) => expect(codeOf(ifMatch)).toBe(code));
