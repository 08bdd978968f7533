import fc from 'fast-check';
import { undone, type SignInVersion } from './sign-in-history.js';
import { changesBetween, fieldsOf, policyOfFields, type PolicyWithRules } from './sign-in-policy.js';

const aPolicy = fc
  .record({
    name: fc.constantFrom('Office', 'Home'),
    description: fc.option(fc.constantFrom('for now', 'for good')),
    priority: fc.integer({ min: 1, max: 3 }),
    rules: fc.uniqueArray(fc.record({ ruleId: fc.constantFrom('a', 'b', 'c'), name: fc.constantFrom('x', 'y') }), {
      selector: ({ ruleId }) => ruleId,
    }),
  })
  .map((policy) => ({ policyId: 'p', ...policy }) as unknown as PolicyWithRules);

const inOrder = (policy: PolicyWithRules | undefined) =>
  policy && { ...policy, rules: policy.rules.toSorted((a, b) => (a.ruleId < b.ruleId ? -1 : 1)) };

describe('undone', () => {
  it('AU-06 PB-04 finds any earlier version from the last and what each changed, also where it was away in between', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(aPolicy, { nil: undefined, freq: 4 }), { minLength: 1, maxLength: 8 }),
        (states) => {
          const versions = states.map((after, at): Pick<SignInVersion, 'change' | 'changes'> => {
            const before = states[at - 1];
            const changes = changesBetween(before ? fieldsOf(before) : {}, after ? fieldsOf(after) : {});
            return { change: !before && after ? 'created' : after ? 'changed' : 'removed', changes };
          });
          const last = states.at(-1);
          states.forEach((state, at) => {
            const fields = undone(last && fieldsOf(last), versions.slice(at + 1).reverse());
            const found = fields && Object.keys(fields).length > 0 ? policyOfFields(fields) : undefined;
            expect(inOrder(found)).toEqual(inOrder(state));
          });
        },
      ),
    );
  });
});
