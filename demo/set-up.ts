import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Curfew, Refused } from './curfew.js';
import { inParallel } from './in-parallel.js';
import { APPLICATIONS, PEOPLE, WARM_UP } from './organisation.js';
import type { Person } from './people.js';

const AT_A_TIME = 8;
/** What HR is called in Curfew: facts of one source are ordered among themselves. */
const HR_SOURCE = 'workforce';

export interface Keys {
  /** Of the HR system: it may send signals, and nothing else. */
  readonly hr: string;
  /** For whoever tries the lines printed at the end: may look at everything and end sessions, not administer. */
  readonly visitor: string;
  readonly applications: Readonly<Record<string, string>>;
}

/** Throws `Refused`. */
export async function setUp(
  administrator: Curfew,
  folder: string,
  origins: Readonly<Record<string, string>>,
): Promise<{ keys: Keys; startOver: boolean }> {
  await register(administrator, origins);
  await listPeople(administrator);
  const file = path.join(folder, 'keys.json');
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Keys) : undefined;
  if (kept && (await isKnown(new Curfew(administrator.url, kept.hr)))) return { keys: kept, startOver: false };
  const keys = await makeKeys(administrator);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(keys), { mode: 0o600 });
  return { keys, startOver: true };
}

async function register(administrator: Curfew, origins: Readonly<Record<string, string>>): Promise<void> {
  const known = await administrator.list<{ clientId: string; backchannelLogoutUri: string | null }>('/v1/applications');
  await inParallel(APPLICATIONS, AT_A_TIME, async ({ clientId, name, signsReceipts }) => {
    const origin = origins[clientId]!;
    const endpoints = {
      backchannelLogoutUri: `${origin}/backchannel-logout`,
      ...(signsReceipts ? { jwksUri: `${origin}/jwks.json` } : {}),
    };
    const registered = known.find((application) => application.clientId === clientId);
    if (!registered) {
      // Its clock is ours, so nothing need be taken off what it says about time.
      await administrator.post('/v1/applications', { clientId, name, clockSkewSeconds: 0, ...endpoints });
    } else if (registered.backchannelLogoutUri !== endpoints.backchannelLogoutUri) {
      await administrator.patch(`/v1/applications/${clientId}`, endpoints);
    }
  });
}

async function listPeople(administrator: Curfew): Promise<void> {
  const known = new Set((await administrator.list<{ id: string }>('/v1/subjects')).map(({ id }) => id));
  const missing = [...PEOPLE, WARM_UP].filter(({ id }) => !known.has(id));
  await inParallel(missing, AT_A_TIME, ({ id, name, email, employeeId, groups, region, clearance }: Person) =>
    administrator.put(`/v1/subjects/${id}`, {
      identifiers: { email, employeeId },
      groups,
      attributes: { name, region, clearance },
    }),
  );
}

async function makeKeys(administrator: Curfew): Promise<Keys> {
  const make = async (key: object): Promise<string> =>
    (await administrator.post<{ key: string }>('/v1/api-keys', key)).key;
  const [hr, visitor] = await Promise.all([
    make({ name: 'Demo: HR system', roles: ['source'], source: HR_SOURCE }),
    make({ name: 'Demo: visitor', roles: ['responder', 'auditor'] }),
  ]);
  const made = await inParallel(
    APPLICATIONS,
    AT_A_TIME,
    async ({ clientId, name }) =>
      [clientId, await make({ name: `Demo: ${name}`, roles: ['application'], clientId })] as const,
  );
  return { hr, visitor, applications: Object.fromEntries(made) };
}

async function isKnown(hr: Curfew): Promise<boolean> {
  try {
    await hr.get('/v1/signals');
    return true;
  } catch (error) {
    if (error instanceof Refused && error.status === 401) return false;
    throw error;
  }
}
