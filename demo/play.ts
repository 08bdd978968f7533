import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Curfew } from './curfew.js';
import type { KeysGiven, Listening, Open } from './messages.js';
import { ORGANISATION, PEOPLE, WARM_UP } from './organisation.js';
import type { Person } from './people.js';
import { report } from './report.js';
import { setUp, type Keys } from './set-up.js';
import { barred, count, Staff } from './staff.js';

const LEAST_ROUNDS = 2;
const MOST_ROUNDS = 5;
const ROUNDS_WITHIN_MS = 800;
const SETTLED_WITHIN_S = 10;

export interface Stage {
  readonly curfewUrl: string;
  readonly administratorKey: string;
  readonly folder: string;
  /** The process of applications.ts, and what it said first. */
  readonly applications: ChildProcess;
  readonly listening: Promise<Listening>;
  readonly say: (line: string) => void;
}

interface Termination {
  readonly sentAt: number;
  readonly revocationId: string | null;
}

/** The main job: somebody leaves, HR says so once, and every application ends his sessions. */
export async function play({
  curfewUrl,
  administratorKey,
  folder,
  applications,
  listening,
  say,
}: Stage): Promise<void> {
  say('  demo …');
  const { origins } = await listening;
  const { keys, startOver } = await setUp(new Curfew(curfewUrl, administratorKey), folder, origins);
  await openDoors(applications, keys, startOver);
  const hr = new Curfew(curfewUrl, keys.hr);
  const visitor = new Curfew(curfewUrl, keys.visitor);
  const staff = new Staff(origins);

  const missing = await staff.missing(PEOPLE);
  const gone = await barred(visitor, [...new Set(missing.map(({ person }) => person))]);
  const present = PEOPLE.filter(({ id }) => !gone.has(id));
  if (present.length === 0) present.push(await rehire(hr, PEOPLE[0]!, say));
  const refusals = await staff.signIn(missing.filter(({ person }) => present.includes(person)));
  if (refusals.length > 0) say(`  ${refusals.length} sign-ins were refused, the first: ${refusals[0]}`);
  say(
    `  ${ORGANISATION}: ${count(await staff.sessions())} live sessions of ${present.length} of ${PEOPLE.length} people`,
  );
  await warmUp(hr, staff);

  const signedIn = [...(await staff.sessions()).values()].flat();
  const leaver = present.find(({ id }) => signedIn.some(({ person }) => person === id));
  if (!leaver) return say('  Nobody is signed in anywhere, so there is nobody to sign out.');
  const before = await staff.sessions(leaver);
  say('');
  say(sentence(leaver, count(before)));
  const { sentAt, revocationId } = await terminate(hr, leaver);
  for (const line of report(await staff.evidence(leaver, before, sentAt), sentAt)) say(line);
  const other = present.find((person) => person !== leaver) ?? leaver;
  tryNext({ curfewUrl, key: keys.visitor, revocationId, device: other.devices[0]!.id, say });
}

const sentence = ({ name, employeeId, groups, region, devices }: Person, sessions: number): string =>
  `${name} (${employeeId}, ${groups[0]}, ${region}) leaves, with ${sessions} live sessions on ` +
  `${devices.map((device) => device.kind).join(' and ')}. HR says so, once:`;

async function openDoors(applications: ChildProcess, keys: Keys, startOver: boolean): Promise<void> {
  const open = once(applications, 'message') as Promise<[Open]>;
  applications.send({ kind: 'keys given', keys: keys.applications, startOver } satisfies KeysGiven);
  await open;
}

/**
 * In a system that has been up for a minute the code is compiled, connections are open, and every application has
 * fetched the keys that logout tokens are verified with. One that has just started would show how fast Node warms up
 * instead. So a person who does not exist signs in everywhere and is terminated, by the same calls, a few times.
 */
async function warmUp(hr: Curfew, staff: Staff): Promise<void> {
  const end = performance.now() + ROUNDS_WITHIN_MS;
  for (let round = 0; round < LEAST_ROUNDS || (round < MOST_ROUNDS && performance.now() < end); round++) {
    await tell(hr, 'employment.rehired', WARM_UP, 'warm-up');
    await staff.signIn(await staff.missing([WARM_UP]));
    await terminate(hr, WARM_UP);
  }
}

/** Answers when every application has been told, or the wait is over: the journals show which. */
async function terminate(hr: Curfew, person: Person): Promise<Termination> {
  const sentAt = Date.now();
  const { revocationId } = await tell(hr, 'employment.terminated', person, 'left the company');
  return { sentAt, revocationId: revocationId ?? null };
}

async function rehire(hr: Curfew, person: Person, say: Stage['say']): Promise<Person> {
  say(`  everybody has left: HR hires ${person.name} again`);
  await tell(hr, 'employment.rehired', person, 'came back');
  return person;
}

function tell(
  hr: Curfew,
  type: string,
  { employeeId }: Person,
  reason: string,
): Promise<{ signalId: string; revocationId?: string | null }> {
  return hr.post(
    '/v1/signals',
    { type, eventId: `hr-${randomUUID()}`, subject: { employeeId }, occurredAt: new Date().toISOString(), reason },
    { waitSeconds: SETTLED_WITHIN_S },
  );
}

interface Next {
  readonly curfewUrl: string;
  readonly key: string;
  readonly revocationId: string | null;
  readonly device: string;
  readonly say: Stage['say'];
}

function tryNext({ curfewUrl, key, revocationId, device, say }: Next): void {
  const curl = `curl -s -H 'authorization: Bearer ${key}'`;
  const dryRun = JSON.stringify({ target: { device }, reason: 'stolen at the airport' });
  say('');
  say('Try next: the whole chain, from the signal to each answer; what ending a device would end; the audit trail.');
  say(`${curl} ${curfewUrl}/v1/revocations/${revocationId ?? ''}`);
  say(`${curl} -H 'content-type: application/json' -d '${dryRun}' '${curfewUrl}/v1/revocations?dryRun=true'`);
  say(`${curl} ${curfewUrl}/v1/audit/verify`);
}
