import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { compile, evaluate } from '../sign-in/evaluate.js';
import { policyFieldsOf } from '../sign-in/sign-in-policy.js';
import { ruleOf } from '../sign-in/sign-in-rule.js';
import type { DocumentRequest } from './policy-document.js';

const TEMPLATES = path.resolve(__dirname, '..', '..', '..', '..', 'docs', 'policies');

it.each([
  ['SP-21', 'corporate-network', [], '192.0.2.7', ['profile']],
  ['SP-21', 'corporate-network', [], '203.0.113.7', ['profile', 'mfa']],
  ['SP-22', 'admins-and-staff', ['admins', 'staff'], '192.0.2.7', ['profile', 'mfa']],
  ['SP-22', 'admins-and-staff', ['staff'], '192.0.2.7', ['profile', 'mfa']],
  ['SP-22', 'admins-and-staff', [], '192.0.2.7', []],
] as const)('%s the template %s asks who is in %j and comes from %s for %j', (_, file, groups, ip, steps) => {
  const { signIn } = parse(readFileSync(path.join(TEMPLATES, `${file}.yaml`), 'utf8')) as DocumentRequest;
  const kinds = new Map(signIn!.profiles!.map(({ name, kind }) => [name, kind]));
  const policies = signIn!.policies!.map(({ id, rules, ...policy }, at) => ({
    ...{ policyId: id ?? `${at}`, version: 1, ...policyFieldsOf(policy) },
    rules: rules.map(({ id: ruleId, ...rule }) => ruleOf(ruleId, rule)),
  }));
  for (const { profile, mfa } of policies.flatMap(({ rules }) => rules)) {
    if (profile !== null) expect(['local', 'directory', 'federated']).toContain(kinds.get(profile));
    if (mfa !== null) expect(kinds.get(mfa)).toBe('mfa');
  }
  const attempt = { subject: 'bob', at: new Date(), device: 'unknown', risk: undefined } as const;
  const verdict = evaluate(compile(policies), { ...attempt, groups, ip });
  expect(verdict.steps).toEqual(steps);
  expect(verdict.decision).toBe(steps.length > 0 ? 'ALLOW' : 'DENY');
  if (groups.length === 2) expect(verdict).toMatchObject({ mfa: 'hardware-key', session: { idleSeconds: 900 } });
});
