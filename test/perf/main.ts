import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import Table from 'cli-table3';
import { Form, FORMS, type FormName } from '../support/form.js';
import { BenchDatabase } from './database.js';
import type { Result } from './result.js';
import { checkScenario } from './scenarios/check.js';
import { consoleScenario } from './scenarios/console.js';
import { enforceScenario } from './scenarios/enforce.js';
import { killScenario, slowScenario } from './scenarios/kill.js';
import { policyScenario } from './scenarios/policy.js';
import { scaleApplications, scaleSessions } from './scenarios/scale.js';
import { floodScenario, receiveScenario } from './scenarios/signals.js';
import { throughputScenario } from './scenarios/throughput.js';

const BASE_PORT = Number(process.env.CURFEW_BASE_PORT || 5_100);

const SCENARIOS: Readonly<Record<string, (form: Form, database: BenchDatabase) => Promise<Result[]>>> = {
  kill: (form) => killScenario(form, 23, 40, form.name === 'embedded' ? 2 : 3),
  'kill-200': (form) => killScenario(form, 200, 15, form.name === 'embedded' ? 2.5 : 3.5),
  slow: (form) => slowScenario(form, 20),
  throughput: (form) => throughputScenario(form, form.name === 'embedded' ? 0.5 : 0.35),
  'scale-sessions': scaleSessions,
  'scale-applications': scaleApplications,
  check: checkScenario,
  enforce: enforceScenario,
  receive: receiveScenario,
  flood: floodScenario,
  policy: policyScenario,
  console: consoleScenario,
};

const asked = process.argv.slice(2);
const forms = FORMS.filter((form) => asked.length === 0 || !asked.some(isForm) || asked.includes(form));
const scenarios = Object.keys(SCENARIOS).filter(
  (name) => !asked.some((word) => word in SCENARIOS) || asked.includes(name),
);

function isForm(word: string): word is FormName {
  return word === 'embedded' || word === 'distributed';
}

const results: Result[] = [];
for (const name of forms) {
  for (const scenario of scenarios) {
    console.log(`${name}: ${scenario} …`);
    const database = await BenchDatabase.create();
    const form = await Form.start(name, { basePort: BASE_PORT, env: { DATABASE_URL: database.url } });
    try {
      const measured = await SCENARIOS[scenario]!(form, database);
      for (const { scenario: what, ours, reference, ratio, limit, holds } of measured) {
        console.log(`  ${what}: ${ours}, ${reference}, ratio ${ratio} (${limit}${holds ? '' : ', NOT reached'})`);
      }
      results.push(...measured);
    } catch (error) {
      console.error(form.output);
      throw error;
    } finally {
      await form.stop();
      await database.drop();
    }
  }
}

const table = new Table({
  style: { head: [], border: [] },
  head: ['what', 'form', 'Curfew', 'reference, same run', 'ratio', 'must', ''],
});
for (const result of results) {
  table.push([
    result.scenario,
    result.form,
    result.ours,
    result.reference,
    result.ratio,
    result.limit,
    result.holds ? '✓' : '✗',
  ]);
}
console.log(table.toString());
mkdirSync('bench-results', { recursive: true });
const file = `bench-results/${new Date().toISOString().replaceAll(':', '-')}.json`;
const machine = {
  cpus: cpus().length,
  model: cpus()[0]?.model,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
};
writeFileSync(file, JSON.stringify({ machine, results }, undefined, 2));
console.log(`JSON: ${file}`);
