// The command line of `npx curfew`. What it does with policies is in policy.mjs; here is what is asked and answered.
import { readFileSync, writeFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { parse, stringify } from 'yaml';
import { Failed, PolicyApi } from './api.mjs';
import { textOf } from './changes.mjs';

/** What a CI job tells apart. */
export const EXIT = { done: 0, failed: 1, differs: 2, outdated: 3 };

const HELP = `
CURFEW_URL says where policy listens (default http://localhost:4100), CURFEW_KEY holds an API key.
A file is YAML or JSON, - is the standard input. Its schema: docs/policy-document.schema.json.

Exit codes: 0 done, and nothing differs · 1 refused or failed · 2 \`diff\` found differences · 3 somebody else changed
the policies meanwhile (\`--if-match\`)`;

/** @returns {Promise<number>} the exit code */
export async function main(args, { env = process.env, out = console.log, err = console.error } = {}) {
  let code = EXIT.done;
  const api = () => new PolicyApi(env.CURFEW_URL ?? 'http://localhost:4100', env.CURFEW_KEY);
  const program = new Command('curfew').exitOverride().addHelpText('after', HELP);
  program.configureOutput({ writeOut: (text) => out(text.trimEnd()), writeErr: (text) => err(text.trimEnd()) });
  const policy = program.command('policy').description("a tenant's policies as one document");

  policy
    .command('get')
    .description('write the document of all policies')
    .option('-o, --output <file>', 'into this file')
    .addOption(new Option('--format <format>', 'of what is written').choices(['yaml', 'json']).default('yaml'))
    .action(async ({ output, format }) => {
      const { document } = await api().get();
      const text =
        format === 'json' ? `${JSON.stringify(document, null, 2)}\n` : stringify(document, { lineWidth: 120 });
      if (output) writeFileSync(output, text);
      else out(text.trimEnd());
    });

  policy
    .command('diff')
    .description('print what applying a file would change; nothing is written')
    .argument('<file>')
    .action(async (file) => {
      const { changes, warnings, etag } = await api().put(documentIn(file), { dryRun: true });
      out(textOf(changes));
      for (const warning of warnings) err(`warning: ${warning}`);
      if (changes.length === 0) return;
      out(`To apply exactly this: curfew policy apply ${file} --if-match '${etag}'`);
      code = EXIT.differs;
    });

  policy
    .command('apply')
    .description('make the policies what a file says: all of it, or nothing')
    .argument('<file>')
    .option('--dry-run', 'only print what would change')
    .option('--if-match <etag>', 'only if the policies are still those of `diff`')
    .addOption(new Option('--apply <when>', 'what changes for live sessions').choices(['immediate', 'next_session']))
    .action(async (file, { dryRun = false, ifMatch, apply }) => {
      const { changes, warnings, enforcements } = await api().put(documentIn(file), {
        ...{ dryRun, apply },
        ifMatch: ifMatch ?? '*',
      });
      out(textOf(changes));
      for (const warning of warnings) err(`warning: ${warning}`);
      for (const { policy: of, state, counts } of enforcements)
        out(`${of}: ${counts ? `${counts.sessions} live sessions judged, ${told(counts)}` : state}`);
    });

  policy
    .command('revert')
    .description('have an earlier version of one policy hold again')
    .argument('<policy>', '`default`, `<layer>:<id>`, `sign-in:<policy id>` or `sign-in:protection`')
    .argument('<version>', 'as in the history', wholeNumber)
    .option('--reason <text>')
    .action(async (name, version, { reason }) => {
      const saved = await api().revert(name, version, reason);
      out(`${name} is at version ${saved.version}`);
    });

  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode; // it has said why
    if (!(error instanceof Failed)) throw error;
    err(error.message);
    return error.status === 412 ? EXIT.outdated : EXIT.failed;
  }
}

function documentIn(file) {
  try {
    const document = parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
    if (typeof document === 'object' && document !== null) return document;
    throw new Error('it holds no document');
  } catch (error) {
    throw new Failed(`${file}: ${error.message}`);
  }
}

function wholeNumber(text) {
  if (!/^\d{1,9}$/.test(text)) throw new Failed(`${text} is no version`);
  return Number(text);
}

const told = ({ marked, changed, ended, evicted }) =>
  `${marked} to authenticate again, ${changed} changed, ${ended} ended, ${evicted} evicted`;
