import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { PRESETS } from '../../apps/policy/src/session-policy/presets.js';
import { docs } from './documents.js';

interface Example {
  session: { default: Record<string, unknown>; overrides: Record<string, unknown>[] };
  signIn: { policies: { rules: Record<string, unknown>[] }[] };
}

describe('the JSON Schema of the policy document', () => {
  let validate: ValidateFunction;
  let example: Example;
  beforeAll(() => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
    addFormats.default(ajv);
    validate = ajv.compile(JSON.parse(readFileSync(path.join(docs, 'policy-document.schema.json'), 'utf8')) as object);
    const page = readFileSync(path.join(docs, 'runbooks', 'policy-as-code.md'), 'utf8');
    example = parse(/```yaml\n(.+?)```/s.exec(page)![1]!) as Example;
  });

  const errors = (document: object): string[] => {
    validate(document);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };

  it('OP-14 SP-21 SP-22 takes the example of the runbook, each template, and each preset', () => {
    expect(errors(example)).toEqual([]);
    const templates = readdirSync(path.join(docs, 'policies'));
    expect(templates.length).toBeGreaterThan(1);
    for (const file of templates) {
      const template = parse(readFileSync(path.join(docs, 'policies', file), 'utf8')) as object;
      expect([file, errors(template)]).toEqual([file, []]);
    }
    for (const preset of PRESETS) {
      const overrides = preset.overrides.map(({ layer, example: id, values, privileged }) => ({
        ...{ layer, id, values, privileged },
      }));
      expect(errors({ apiVersion: 'curfew/v1', session: { default: preset.default, overrides } })).toEqual([]);
    }
  });

  it.each<[string, (document: Example) => void]>([
    ['/session/default must NOT have additional properties', ({ session }) => (session.default.idleSecond = 60)],
    ['/session/default/absoluteSeconds must be integer', ({ session }) => (session.default.absoluteSeconds = null)],
    ["/session/overrides/0 must have required property 'values'", ({ session }) => delete session.overrides[0]!.values],
    [
      '/session/overrides/0/layer must be equal to one of the allowed values',
      ({ session }) => (session.overrides[0]!.layer = 'team'),
    ],
    [
      '/signIn/policies/0/rules/0/action must be equal to one of the allowed values',
      ({ signIn }) => (signIn.policies[0]!.rules[0]!.action = 'ASK'),
    ],
  ])('OP-14 says %s', (error, change) => {
    const document = structuredClone(example);
    change(document);
    expect(errors(document)).toContain(error);
  });
});
