import { inPlace, moved, type Rule } from './rules';

const rules = (...priorities: number[]): Rule[] =>
  priorities.map((priority, at) => ({ ruleId: `r${at}`, priority }) as Rule);
const placed = (of: readonly Rule[]) => inPlace(of).map(({ ruleId, priority }) => [ruleId, priority]);

it('what stands in order stays as it is', () => {
  expect(placed(rules(900, 100, 7))).toEqual([
    ['r0', 900],
    ['r1', 100],
    ['r2', 7],
  ]);
});

it('a rule that was moved takes the priority of its place', () => {
  expect(placed(moved(rules(900, 100, 7), 2, 0))).toEqual([
    ['r2', 900],
    ['r0', 100],
    ['r1', 7],
  ]);
});

it('of equal ones the order is made plain, from 1 to 1000', () => {
  const many = inPlace(rules(...Array.from({ length: 999 }, () => 100))).map(({ priority }) => priority);
  expect(many.every((priority, at) => at === 0 || priority < many[at - 1]!)).toBe(true);
  expect([many[0], many.at(-1)]).toEqual([999, 1]);
  expect(inPlace(rules(100, 100)).map(({ priority }) => priority)).toEqual([667, 334]);
});
