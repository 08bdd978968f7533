import type { Curfew } from './curfew.js';
import { inParallel } from './in-parallel.js';
import type { Entry, OwnSession } from './journal.js';
import type { SignIn } from './messages.js';
import { APPLICATIONS, seatsOf, type Seat } from './organisation.js';
import type { Person } from './people.js';
import type { Evidence } from './report.js';

const AT_A_TIME = 16;

/** What people do at the applications, and what these say of them when asked: their own word, not Curfew's. */
export class Staff {
  constructor(private readonly origins: Readonly<Record<string, string>>) {}

  /** Where people should be signed in by now and are not. */
  async missing(people: readonly Person[]): Promise<Seat[]> {
    const live = await this.sessions();
    return people
      .flatMap(seatsOf)
      .filter(
        ({ person, device, clientId }) =>
          !live.get(clientId)!.some((session) => session.person === person.id && session.device === device.id),
      );
  }

  /** Answers why who was not let in; a policy or a quarantined device may well say so. */
  async signIn(seats: readonly Seat[]): Promise<string[]> {
    const refusals = await inParallel(seats, AT_A_TIME, (seat) => this.take(seat));
    return refusals.filter((refusal) => refusal !== undefined);
  }

  /** The live sessions of everybody, or of one person, by application. */
  async sessions(person?: Person): Promise<ReadonlyMap<string, readonly OwnSession[]>> {
    const query = person ? `?person=${encodeURIComponent(person.id)}` : '';
    const found = APPLICATIONS.map(
      async ({ clientId }) => [clientId, await this.ask<OwnSession[]>(clientId, `/sessions${query}`)] as const,
    );
    return new Map(await Promise.all(found));
  }

  async evidence(
    person: Person,
    before: ReadonlyMap<string, readonly OwnSession[]>,
    since: number,
  ): Promise<Evidence[]> {
    const after = await this.sessions(person);
    const from = new Date(since).toISOString();
    return Promise.all(
      APPLICATIONS.map(async ({ clientId, name }) => ({
        name,
        before: before.get(clientId) ?? [],
        since: await this.ask<Entry[]>(clientId, `/journal?since=${from}`),
        after: after.get(clientId) ?? [],
      })),
    );
  }

  private async take({ person, device, clientId }: Seat): Promise<string | undefined> {
    const body: SignIn = {
      person: person.id,
      device: { id: device.id, name: device.name },
      userAgent: device.kind === 'laptop' ? 'Firefox on Linux' : 'Firefox on Android',
    };
    const response = await fetch(`${this.origins[clientId]}/sign-in`, { method: 'POST', body: JSON.stringify(body) });
    const { error } = (await response.json()) as { error?: string };
    return response.ok ? undefined : `${person.name} at ${clientId}: ${error}`;
  }

  private async ask<T>(clientId: string, path: string): Promise<T> {
    return (await fetch(`${this.origins[clientId]}${path}`)).json() as Promise<T>;
  }
}

export const count = (sessions: ReadonlyMap<string, readonly OwnSession[]>): number =>
  [...sessions.values()].reduce((sum, { length }) => sum + length, 0);

/** The ids of those whom Curfew lets in nowhere. */
export async function barred(visitor: Curfew, people: readonly Person[]): Promise<ReadonlySet<string>> {
  const bars = await inParallel(people, AT_A_TIME, ({ id }) =>
    visitor.get<{ bars: readonly object[] }>(`/v1/subjects/${id}`),
  );
  return new Set(people.filter((_, index) => bars[index]!.bars.length > 0).map(({ id }) => id));
}
