// A process of its own: the demo's applications, each at its own origin. What they do stands in their journals.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Application } from './application.js';
import { Journal } from './journal.js';
import { LogoutTokens } from './logout-token.js';
import type { KeysGiven, Listening, Open } from './messages.js';
import { APPLICATIONS } from './organisation.js';
import { Receipts } from './receipt.js';

const BUSY_EVERY_MS = 600_000;

const [curfewUrl, folder] = process.argv.slice(2);
if (!curfewUrl || !folder) throw new Error('usage: applications.js <url of Curfew> <folder>');

const applications = await Promise.all(
  APPLICATIONS.map(async ({ clientId, signsReceipts }) => {
    const own = path.join(folder, 'applications', clientId);
    return new Application(
      clientId,
      curfewUrl,
      new Journal(path.join(own, 'journal.ndjson')),
      new LogoutTokens(curfewUrl, clientId),
      signsReceipts ? await Receipts.of(clientId, path.join(own, 'receipt-key.json')) : undefined,
    );
  }),
);

const portsFile = path.join(folder, 'ports.json');
const lastPorts = existsSync(portsFile) ? (JSON.parse(readFileSync(portsFile, 'utf8')) as Record<string, number>) : {};
const ports: Record<string, number> = {};
// One after the other: none is to be given a port that is another's.
for (const application of applications)
  ports[application.clientId] = await application.listen(lastPorts[application.clientId] ?? 0);
writeFileSync(portsFile, JSON.stringify(ports));

process.on('message', (message: KeysGiven) => {
  if (message.kind === 'keys given') void open(message);
});
const origins = Object.fromEntries(Object.entries(ports).map(([id, port]) => [id, `http://127.0.0.1:${port}`]));
process.send?.({ kind: 'listening', origins } satisfies Listening);

setInterval(() => {
  for (const application of applications) application.keepBusy().catch((error: unknown) => console.error(error));
}, BUSY_EVERY_MS).unref();

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    for (const application of applications) application.close();
    process.exit(0);
  });

async function open({ keys, startOver }: KeysGiven): Promise<void> {
  await Promise.all(applications.map((application) => application.open(keys[application.clientId] ?? '', startOver)));
  process.send?.({ kind: 'open' } satisfies Open);
}
