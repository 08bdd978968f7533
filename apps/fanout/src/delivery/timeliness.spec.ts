import { timelinessOf } from './timeliness.js';

const told = (inTime: number, late: number, untold: number, open = 0) => ({
  clientId: 'crm',
  inTime,
  late,
  untold,
  open,
  milliseconds: null,
});

describe('N-06 the error budget of an application', () => {
  it.each([
    ['whole', told(1_000, 0, 0), 99.9, { allowed: 1, missed: 0, left: 1 }],
    ['half, of what is late or never told', told(1_996, 1, 3), 99.6, { allowed: 8, missed: 4, left: 0.5 }],
    ['overdrawn', told(997, 3, 0), 99.9, { allowed: 1, missed: 3, left: -2 }],
    ['less than one miss, of few', told(9, 1, 0), 99, { allowed: 0.1, missed: 1, left: -9 }],
    ['no matter of what still runs', told(100, 0, 0, 50), 99, { allowed: 1, missed: 0, left: 1 }],
    ['unknown while nothing is due', told(0, 0, 0, 5), 99.9, { allowed: 0, missed: 0, left: null }],
  ])('is %s', (_how, given, objective, expected) => {
    expect(timelinessOf(given, objective)).toEqual({ ...given, errorBudget: expected });
  });
});
