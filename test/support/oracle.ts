import type { Application } from './applications.js';
import { ACCEPTED, factOf, type Entry } from './audit-facts.js';
import { inTurns, type Curfew } from './curfew.js';
import { until } from './until.js';

/** A session that Curfew said it has opened. */
export interface Opened {
  readonly id: string;
  readonly sid: string;
  readonly clientId: string;
  readonly subject: string;
  readonly device: { readonly id: string };
  readonly authenticatedAt: string;
}

/** What Curfew said it will end. */
export interface Kill {
  readonly what: string;
  readonly signalId?: string;
  readonly revocationId?: string;
  readonly covers: readonly Opened[];
}

interface Chain {
  readonly revocationId: string;
  readonly state: string;
  readonly ended: number;
  readonly alreadyEnded: number;
  readonly outcome: Readonly<Record<string, number>> | null;
  readonly timeline: { readonly settledAt: string | null };
  readonly sessions: readonly {
    readonly id: string;
    readonly alreadyEnded: boolean;
    readonly delivery: { readonly state: string; readonly breachedAt: string | null } | null;
  }[];
  readonly nextCursor: string | null;
}

const AT_ONCE = 8;
const MOST_TOLD = 25;
const AUDITED_WITHIN_MS = 20_000;

/**
 * The checker of the fault runs (faults.md §1): compares what went in, and what the applications wrote down in journals
 * of their own, with what Curfew says. It believes nobody; what it finds is named by its invariant.
 */
export class Oracle {
  private readonly sessions: Opened[] = [];
  private readonly kills: Kill[] = [];
  private readonly chains = new Map<Kill, Chain>();
  private readonly probed = new Set<string>();

  constructor(
    private readonly curfew: Curfew,
    private readonly applications: readonly Application[],
  ) {}

  opened(sessions: readonly Opened[]): void {
    this.sessions.push(...sessions);
  }

  accepted(kill: Kill): Kill {
    this.kills.push(kill);
    return kill;
  }

  /** When the last of these kills' sessions was told of first, by the applications' clocks; throws when one never was. */
  lastToldAt(kills: readonly Kill[]): number {
    const first = kills
      .flatMap(({ covers }) => covers)
      .map(({ sid, clientId }) => this.applicationOf(clientId).toldOf(sid)[0]?.arrivedAt);
    return Math.max(...first.map((at) => at ?? Number.NaN));
  }

  /** Resolves when every kill that was accepted is settled. */
  async settled(withinMs: number): Promise<void> {
    const waiting = new Set(this.kills.filter((kill) => !this.chains.has(kill)));
    await until(
      'every kill is settled',
      async () => {
        await inTurns([...waiting], AT_ONCE, async (kill) => {
          const chain = await this.chainOf(kill);
          if (chain?.state !== 'settled') return;
          this.chains.set(kill, chain);
          waiting.delete(kill);
        });
        return waiting.size === 0;
      },
      withinMs,
    );
  }

  /**
   * All that does not hold; empty when everything does. Kills must be settled. Sessions that were found dead once are
   * asked for again only with `again`.
   */
  async violations({ again = false } = {}): Promise<string[]> {
    if (again) this.probed.clear();
    const trail = await this.auditTrail();
    const found = [
      ...this.lostOrWrong(),
      ...this.counts(),
      ...(await this.once(trail)),
      ...(await this.liveOrDead()),
      ...(await this.auditProves(trail)),
    ];
    return found.length > MOST_TOLD ? [...found.slice(0, MOST_TOLD), `… ${found.length} in all`] : found;
  }

  // ── I1, I2: no lost kill, no wrong kill ───────────────────────────────────────────────────────────────────────

  private lostOrWrong(): string[] {
    const dead = this.dead();
    const shown = new Set(
      [...this.chains.values()].flatMap(({ sessions }) =>
        sessions
          .filter(({ delivery }) => delivery?.breachedAt != null || delivery?.state === 'rejected')
          .map(({ id }) => id),
      ),
    );
    const found: string[] = [];
    for (const { sid, id, clientId, subject } of dead.values())
      if (!this.applicationOf(clientId).ended.has(sid) && !shown.has(id))
        found.push(`I1 lost: ${clientId} was not told of ${subject}'s session`);
    for (const application of this.applications) {
      for (const { claims } of application.journal)
        if (!dead.has(claims.sid!)) found.push(`I2 wrong: ${application.clientId} was told of ${claims.sid}`);
      for (const why of application.refused) found.push(`I7 ${application.clientId} got a token it refused: ${why}`);
    }
    return found;
  }

  // ── I3: one effect ────────────────────────────────────────────────────────────────────────────────────────────

  private async once(trail: readonly Entry[]): Promise<string[]> {
    const revocations = await this.all<{ revocationId: string }>('registry', '/v1/revocations');
    const deliveries = await this.all<{ id: string; sessionId: string }>('fanout', '/v1/deliveries');
    const found: string[] = [];
    if (revocations.length !== this.kills.length)
      found.push(`I3 ${this.kills.length} kills made ${revocations.length} revocations`);
    for (const [sessionId, count] of counted(deliveries.map((delivery) => delivery.sessionId)))
      if (count > 1) found.push(`I3 ${count} deliveries of session ${sessionId}`);
    for (const [fact, count] of counted(trail.map(factOf)))
      if (count > 1) found.push(`I3 ${count} audit entries of one fact: ${fact}`);
    return found;
  }

  // ── I4: dead stays dead, and who lives lives ──────────────────────────────────────────────────────────────────

  private async liveOrDead(): Promise<string[]> {
    const dead = this.dead();
    const found: string[] = [];
    await inTurns(
      this.sessions.filter(({ id, sid }) => !dead.has(sid) || !this.probed.has(id)),
      AT_ONCE,
      async ({ id, sid, clientId, subject }) => {
        const { active } = await this.curfew.introspect(sid, clientId);
        if (active === dead.has(sid)) found.push(`${active ? 'I4 alive' : 'I2 ended'}: a session of ${subject}`);
        this.probed.add(id);
      },
    );
    await inTurns(this.kills, AT_ONCE, async (kill) => {
      const { what, covers } = kill;
      if (this.probed.has(what) || covers.length === 0) return;
      // What was authenticated before the kill, and comes late.
      const { subject, clientId, authenticatedAt, device } = covers[0]!;
      const late = { subject, clientId, authenticatedAt, device };
      const { status } = await this.curfew.ask('registry', 'POST', '/v1/sessions', late);
      if (status !== 403) found.push(`I4 ${subject} came in after ${what} (${status})`);
      this.probed.add(what);
    });
    return found;
  }

  // ── I5: what is counted is true ───────────────────────────────────────────────────────────────────────────────

  private counts(): string[] {
    const found: string[] = [];
    for (const [{ what, covers }, { ended, alreadyEnded, outcome, sessions }] of this.chains) {
      const own = sessions.filter((session) => !session.alreadyEnded).map(({ id }) => id);
      const ids = new Set(covers.map(({ id }) => id));
      if (ended !== own.length) found.push(`I5 ${what}: says ${ended} ended, and shows ${own.length}`);
      if (sessions.length !== ended + alreadyEnded)
        found.push(`I5 ${what}: says ${ended} + ${alreadyEnded}, and shows ${sessions.length}`);
      if (sessions.some(({ id }) => !ids.has(id))) found.push(`I2 ${what}: covers more than it should`);
      const told = covers.filter(
        ({ id, sid, clientId }) => own.includes(id) && this.applicationOf(clientId).ended.has(sid),
      );
      const reached = (outcome?.accepted ?? 0) + (outcome?.confirmed ?? 0);
      // One that breached its deadline may be told after the count.
      if (reached > told.length || reached + (outcome?.breached ?? 0) < told.length)
        found.push(`I5 ${what}: says ${reached} were told, the journals say ${told.length}`);
    }
    const ended = [...this.chains.values()].reduce((sum, chain) => sum + chain.ended, 0);
    if (ended !== this.dead().size) found.push(`I5 ${ended} sessions ended, of ${this.dead().size}`);
    return found;
  }

  // ── I6: the audit trail is whole ──────────────────────────────────────────────────────────────────────────────

  /** As it is when all that must be in it has come, or does not come. */
  private async auditTrail(): Promise<Entry[]> {
    let trail: Entry[] = [];
    await until(
      'the audit trail is complete',
      async () => {
        const text = await this.curfew.call<string>('audit', 'GET', '/v1/audit/export?format=ndjson');
        trail = text
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as Entry);
        return this.missing(trail).length === 0;
      },
      AUDITED_WITHIN_MS,
    ).catch(() => undefined); // what is missing is told below, by name
    return trail;
  }

  private missing(trail: readonly Entry[]): string[] {
    const there = new Set(trail.map(factOf));
    const dead = [...this.dead().values()];
    const facts = [
      ...this.sessions.map(({ id }) => `curfew.session.opened.v1 ${id}`),
      ...dead.map(({ id }) => `curfew.session.revoked.v1 ${id}`),
      ...[...this.chains].flatMap(([{ signalId }, { revocationId }]) => [
        ...['started', 'resolved', 'completed'].map((step) => `curfew.revocation.${step}.v1 ${revocationId}`),
        ...(signalId ? [`curfew.signal.received.v1 ${signalId}`, `curfew.revocation.requested.v1 ${signalId}`] : []),
      ]),
    ];
    const accepted = new Set(trail.filter(({ type }) => ACCEPTED.test(type)).map(({ data }) => data.sessionId));
    const told = dead.filter(({ sid, clientId }) => this.applicationOf(clientId).ended.has(sid));
    const untold = told.filter(({ id }) => !accepted.has(id)).map(({ id }) => `the delivery of ${id}`);
    return [...facts.filter((fact) => !there.has(fact)), ...untold];
  }

  private async auditProves(trail: readonly Entry[]): Promise<string[]> {
    const verdict = await this.curfew.call<{ valid: boolean; witnessedHeads: number | null; faults: unknown[] }>(
      'audit',
      'GET',
      '/v1/audit/verify',
    );
    const dead = trail.filter(({ type }) => type === 'curfew.event.dead-lettered.v1');
    return [
      ...this.missing(trail).map((fact) => `I6 not in the audit trail: ${fact}`),
      ...(verdict.valid ? [] : [`I6 the audit trail does not verify: ${JSON.stringify(verdict.faults)}`]),
      ...(verdict.witnessedHeads ? [] : ['I6 no second service knows a head of the audit trail']),
      ...dead.map(({ data }) => `a dead letter: ${JSON.stringify(data)}`),
    ];
  }

  // ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** By sid: what must have ended. */
  private dead(): Map<string, Opened> {
    return new Map(this.kills.flatMap(({ covers }) => covers).map((session) => [session.sid, session]));
  }

  private applicationOf(clientId: string): Application {
    return this.applications.find((application) => application.clientId === clientId)!;
  }

  /** Undefined while the signal has led to none. */
  private async chainOf({ signalId, revocationId }: Kill): Promise<Chain | undefined> {
    const id =
      revocationId ??
      (await this.curfew.call<{ revocationId: string | null }>('signals', 'GET', `/v1/signals/${signalId}`))
        .revocationId;
    if (!id) return undefined;
    const read = (cursor: string) => this.curfew.call<Chain>('registry', 'GET', `/v1/revocations/${id}${cursor}`);
    let page = await read('');
    const sessions = [...page.sessions];
    while (page.nextCursor) sessions.push(...(page = await read(`?cursor=${page.nextCursor}`)).sessions);
    return { ...page, sessions };
  }

  private async all<T>(service: 'registry' | 'fanout', path: string): Promise<T[]> {
    const items: T[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { items: T[]; nextCursor: string | null } = await this.curfew.call(
        service,
        'GET',
        `${path}${cursor && `?cursor=${cursor}`}`,
      );
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  }
}

function counted(items: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}
