import { invalidField, Problem, PROBLEMS } from './problem.js';

it.each(Object.entries(PROBLEMS))('%s is an error by its status and says what it is', (code, [status, title]) => {
  expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(title).toMatch(/^\S.*[^.]$/);
});

it('no two say the same', () => {
  const titles = Object.values(PROBLEMS).map(([, title]) => title);
  expect(new Set(titles).size).toBe(titles.length);
});

it('a field at fault is named in the detail and in the list', () => {
  expect(invalidField('subject.id', 'must be text').toJSON()).toMatchObject({
    code: 'invalid_field',
    detail: 'subject.id must be text',
    errors: [{ field: 'subject.id', message: 'must be text' }],
  });
});

it('what a problem has more to say stands beside its own members', () => {
  const body = new Problem('plan_outdated', undefined, { planned: 1, sessions: 2 }).toJSON();
  expect(body).toMatchObject({ status: 409, code: 'plan_outdated', planned: 1, sessions: 2 });
  expect(body).not.toHaveProperty('detail');
});
