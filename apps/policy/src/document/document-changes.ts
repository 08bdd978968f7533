import { changesBetween, type Change } from '../sign-in/sign-in-policy.js';
import type { PolicyDocument } from './policy-document.js';

/** One part of the document that differs: `session.default`, `session.overrides.group:sre`, `signIn.policies.<id>`. */
export interface DocumentChange {
  readonly part: string;
  readonly name: string;
  readonly change: 'created' | 'changed' | 'removed';
  readonly changes: readonly Change[];
}

interface Part {
  readonly name: string;
  readonly fields: object;
}

const partsOf = ({ session, signIn }: PolicyDocument): Map<string, Part> =>
  new Map<string, Part>([
    ['session.default', { name: 'default', fields: session.default }],
    ...session.overrides.map(({ layer, id, ...fields }): [string, Part] => [
      `session.overrides.${layer}:${id}`,
      { name: `${layer}:${id}`, fields },
    ]),
    ...signIn.profiles.map(({ name, kind }): [string, Part] => [`signIn.profiles.${name}`, { name, fields: { kind } }]),
    ...signIn.policies.map(({ id, rules, ...fields }): [string, Part] => [
      `signIn.policies.${id}`,
      {
        name: fields.name,
        fields: { ...fields, ...Object.fromEntries(rules.map((rule) => [`rules.${rule.id}`, rule])) },
      },
    ]),
    ['signIn.protection', { name: 'protection', fields: signIn.protection }],
  ]);

/** What has to be done to the one to have the other; each part with the fields that differ. */
export function documentChanges(from: PolicyDocument, to: PolicyDocument): DocumentChange[] {
  const [before, after] = [partsOf(from), partsOf(to)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((part): DocumentChange[] => {
    const [old, now] = [before.get(part), after.get(part)];
    const changes = changesBetween(old?.fields ?? {}, now?.fields ?? {});
    if (changes.length === 0 && old && now) return [];
    return [{ part, name: (now ?? old)!.name, change: !old ? 'created' : now ? 'changed' : 'removed', changes }];
  });
}
