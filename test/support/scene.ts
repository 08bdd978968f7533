import { randomUUID } from 'node:crypto';
import type { Application } from './applications.js';
import { inTurns, type Curfew } from './curfew.js';
import type { Service } from './form.js';
import { Oracle, type Kill, type Opened } from './oracle.js';
import { organisation } from './product.js';
import { CAEP, type Transmitter } from './transmitter.js';
import { until } from './until.js';

export interface Person {
  readonly id: string;
  readonly device: string;
  readonly sessions: readonly Opened[];
}

interface CalendarSignal {
  readonly signalId: string;
  readonly type: string;
  readonly subject: { readonly employeeId: string };
  readonly reason?: string;
}

const mailOf = (id: string): string => `${id}@acme.example`;
const wallTime = (at: number): string => new Date(at).toISOString().slice(0, 19);

/** Longer than any fault lasts. */
const PATIENCE_MS = 120_000;
/** The head of a trail that has grown is signed and witnessed once a second. */
const HEADS_EVERY_MS = 1_500;

/**
 * An organisation under fire: people at work at its applications, and callers that do what callers do when Curfew does
 * not answer: they repeat themselves, with the same event id or key. All that Curfew has accepted is noted for the oracle.
 */
export class Scene {
  readonly oracle: Oracle;

  private constructor(
    readonly curfew: Curfew,
    readonly tenant: string,
    readonly applications: readonly Application[],
    readonly close: () => Promise<void>,
  ) {
    this.oracle = new Oracle(curfew, applications);
  }

  static async set(curfew: Curfew, applications: number): Promise<Scene> {
    const made = await organisation(applications, { curfew });
    const scene = new Scene(made.curfew, made.tenant, made.applications, made.close);
    // Who is killed here by the hundred is not what the guard of a source is to stop.
    await made.curfew.call('signals', 'PUT', '/v1/guards/api', { most: null });
    // The applications have fetched the keys: from now on they need Curfew for nothing.
    const [first] = await scene.people(1);
    await scene.terminate(first!);
    await scene.oracle.settled(30_000);
    return scene;
  }

  /** Each with a session at each of the applications but the last. */
  async people(count: number): Promise<Person[]> {
    const people = Array.from({ length: count }, () => {
      const id = `p-${randomUUID().slice(0, 13)}`;
      return { id, device: `device-of-${id}`, sessions: [] as Opened[] };
    });
    await inTurns(people, 8, async ({ id, device, sessions }) => {
      await this.insist('registry', 'PUT', `/v1/subjects/${id}`, {
        identifiers: { employeeId: id, email: mailOf(id) },
      });
      await inTurns(this.applications.slice(0, -1), 4, async ({ clientId }) =>
        sessions.push(await this.open(id, device, clientId)),
      );
    });
    return people;
  }

  /** So many people, each with one session, all of them at the last application. */
  async crowd(count: number): Promise<{ clientId: string; sessions: Opened[] }> {
    const { clientId } = this.applications.at(-1)!;
    const sessions: Opened[] = [];
    await inTurns(Array.from({ length: count }), 16, async (_, index) =>
      sessions.push(await this.open(`c-${index}-${randomUUID().slice(0, 8)}`, `device-${index}`, clientId)),
    );
    return { clientId, sessions };
  }

  /** By HR's signal; `effectiveAt` in the future has the scheduler hold it. */
  async terminate({ id, sessions }: Person, more: { effectiveAt?: string } = {}): Promise<Kill> {
    const occurredAt = new Date().toISOString();
    const eventId = `termination-of-${id}`;
    const signal = { type: 'employment.terminated', eventId, subject: { employeeId: id }, occurredAt, ...more };
    const { signalId } = await this.insist<{ signalId: string }>('signals', 'POST', '/v1/signals', signal);
    return this.oracle.accepted({ what: eventId, signalId, covers: sessions });
  }

  async compromise({ device, sessions }: Person): Promise<Kill> {
    const occurredAt = new Date().toISOString();
    const eventId = `compromise-of-${device}`;
    const signal = { type: 'device.compromised', eventId, device: { id: device }, occurredAt };
    const { signalId } = await this.insist<{ signalId: string }>('signals', 'POST', '/v1/signals', signal);
    return this.oracle.accepted({ what: eventId, signalId, covers: sessions });
  }

  /** They are on duty at once, and go home at a second that is near. */
  async goHome(people: readonly Person[]): Promise<Kill[]> {
    const shiftId = `shift-${randomUUID().slice(0, 8)}`;
    const end = Math.ceil(Date.now() / 1000) * 1000 + 2_000;
    await this.insist('signals', 'PUT', `/v1/shifts/${shiftId}`, {
      ...{ name: shiftId, zone: 'UTC', start: wallTime(end - 3_600_000), end: wallTime(end), earlySeconds: 3_600 },
      staff: people.map(({ id }) => ({ employeeId: id })),
    });
    const signals = await until(
      'the calendar has told of all of them',
      async () => {
        const { body } = await this.curfew.ask<{ items: CalendarSignal[] }>('signals', 'GET', '/v1/signals');
        const told = body.items.filter(({ reason }) => reason?.startsWith(`shift ${shiftId}`));
        return told.length === 2 * people.length && told;
      },
      PATIENCE_MS,
    );
    return signals.map(({ signalId, type, subject, reason }) => {
      const { id, sessions } = people.find((person) => person.id === subject.employeeId)!;
      const covers = type === 'shift.ended' ? sessions : [];
      return this.oracle.accepted({ what: `${reason} for ${id}`, signalId, covers });
    });
  }

  /** By somebody's shared signals, pushed. What comes back has been answered 202; the kill is known when Curfew can be asked again. */
  async push(transmitter: Transmitter, { id, sessions }: Person): Promise<() => Promise<Kill>> {
    const name = `ssf-${randomUUID().slice(0, 8)}`;
    const { issuer, audience } = transmitter;
    const registered = await this.insist<{ transmitterId: string; secret: string }>(
      ...(['signals', 'POST', '/v1/transmitters', { name, issuer, audience: [audience] }] as const),
    );
    const token = await transmitter.set(`${CAEP}session-revoked`, { format: 'email', email: mailOf(id) });
    const path = `/v1/security-events/${registered.transmitterId}`;
    const headers = { authorization: `Bearer ${registered.secret}`, 'content-type': 'application/secevent+jwt' };
    const { status } = await this.curfew.ask('signals', 'POST', path, undefined, { raw: token, headers });
    if (status !== 202) throw new Error(`a push was answered ${status}`);
    return async () => {
      const [signal] = await until(
        'the signal of a push is there',
        async () => {
          const list = `/v1/signals?source=ssf:${name}`;
          const { items } = await this.curfew.call<{ items: { signalId: string }[] }>('signals', 'GET', list);
          return items.length > 0 && items;
        },
        PATIENCE_MS,
      );
      return this.oracle.accepted({
        what: `what ${name} pushed of ${id}`,
        signalId: signal!.signalId,
        covers: sessions,
      });
    };
  }

  revoke({ id, sessions }: Person): Promise<Kill> {
    return this.end({ subject: id }, sessions);
  }

  /** Over HTTP, at the registry itself. */
  async end(target: Record<string, string>, covers: readonly Opened[]): Promise<Kill> {
    const headers = { 'idempotency-key': randomUUID() };
    const body = { target, reason: 'suspicion' };
    const answer = await this.insist<{ revocationId: string }>('registry', 'POST', '/v1/revocations', body, headers);
    const { revocationId } = answer;
    return this.oracle.accepted({ what: `revocation of ${Object.values(target).join()}`, revocationId, covers });
  }

  /** Resolves when no session of these kills passes a check any more. */
  async bites(kills: readonly Kill[], withinMs: number): Promise<void> {
    const sessions = kills.flatMap(({ covers }) => covers);
    await until(
      'no killed session passes a check',
      async () => {
        const checked = await Promise.all(sessions.map(({ sid, clientId }) => this.curfew.introspect(sid, clientId)));
        return checked.every(({ active }) => !active);
      },
      withinMs,
    );
  }

  /** Curfew has nothing to do any more: what happens next comes of what is done next. */
  async quiet(): Promise<void> {
    let last = Number.NaN;
    let since = 0;
    await until(
      'the audit trail grows no more',
      async () => {
        // Not by verifying it: that makes entries of its own.
        const { items } = await this.curfew.call<{ items: { seq: number }[] }>('audit', 'GET', '/v1/audit');
        if (items[0]?.seq !== last) since = Date.now();
        last = items[0]?.seq ?? 0;
        return Date.now() - since > HEADS_EVERY_MS;
      },
      30_000,
    );
  }

  private async open(subject: string, device: string, clientId: string): Promise<Opened> {
    const authenticatedAt = new Date().toISOString();
    const body = { subject, clientId, device: { id: device }, authenticatedAt, sid: randomUUID() };
    const { id } = await this.insist<{ id: string }>('registry', 'POST', '/v1/sessions', body);
    const opened = { ...body, id };
    this.oracle.opened([opened]);
    return opened;
  }

  /** Again and again until it is answered: no connection, one that broke, and 503 say nothing about what was done. */
  private insist<T>(
    service: Service,
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    let refused: Error | undefined;
    return until(
      `${method} ${path} is answered`,
      async () => {
        const answer = await this.curfew.ask<T>(service, method, path, body, { headers });
        if (answer.status === 503) return undefined;
        if (answer.status >= 300)
          refused = new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
        return { answer };
      },
      PATIENCE_MS,
    ).then(({ answer }) => {
      if (refused) throw refused;
      return answer.body;
    });
  }
}
