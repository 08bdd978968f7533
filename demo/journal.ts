import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A session as the application itself keeps it. */
export interface OwnSession {
  readonly sid: string;
  /** What Curfew calls it. */
  readonly sessionId: string;
  readonly person: string;
  readonly device: string;
  readonly expiresAt: string;
  /** When it ends unless the person does something. */
  readonly idleExpiresAt: string | null;
}

export interface Opened extends OwnSession {
  readonly kind: 'opened';
  readonly at: string;
}

/** The application asked, and Curfew said that the session goes on (until when), or that it does not. */
export interface Asked {
  readonly kind: 'asked';
  readonly at: string;
  readonly sid: string;
  readonly idleExpiresAt: string | null;
  readonly active: boolean;
}

export interface Told {
  readonly kind: 'told';
  /** When the whole logout token was here. */
  readonly arrivedAt: string;
  /** When it was verified and the session, if there was one, gone. */
  readonly endedAt: string;
  /** Null when the token was refused: then nothing it claims is believed. */
  readonly jti: string | null;
  readonly sid: string | null;
  /** How many sessions it ended: none when it was refused, or the session was gone before. */
  readonly ended: number;
  readonly answer: string;
}

export type Entry = Opened | Asked | Told;

/**
 * What one application did, a line each, written before it answers: its own evidence, which nothing of Curfew's can
 * touch. What is live follows from it, so a restart finds the sessions again.
 */
export class Journal {
  private readonly live = new Map<string, OwnSession>();
  private readonly gone = new Set<string>();
  private readonly seen = new Set<string>();
  private readonly all: Entry[] = [];

  constructor(private readonly file: string) {
    mkdirSync(path.dirname(file), { recursive: true });
    if (!existsSync(file)) return;
    const text = readFileSync(file, 'utf8');
    // A last line without its end was being written when the process was killed: nothing was answered for it.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
    for (const line of whole.split('\n')) if (line !== '') this.apply(JSON.parse(line) as Entry);
  }

  append(entry: Entry): void {
    appendFileSync(this.file, `${JSON.stringify(entry)}\n`);
    this.apply(entry);
  }

  forget(): void {
    writeFileSync(this.file, '');
    for (const known of [this.live, this.gone, this.seen]) known.clear();
    this.all.length = 0;
  }

  /** Live by its own book: not told to end, and within its deadlines. */
  sessions(person?: string): OwnSession[] {
    const now = Date.now();
    return [...this.live.values()].filter(
      (session) => (person === undefined || session.person === person) && !isOver(session, now),
    );
  }

  since(instant: string): Entry[] {
    return this.all.filter((entry) => (entry.kind === 'told' ? entry.arrivedAt : entry.at) >= instant);
  }

  has(sid: string): boolean {
    return this.live.has(sid);
  }

  /** It was told to end a session, possibly before it had it. */
  wasEnded(sid: string): boolean {
    return this.gone.has(sid);
  }

  /** Whether this logout token was here before: a replay must be refused (OIDC Back-Channel Logout §2.6). */
  hasSeen(jti: string): boolean {
    return this.seen.has(jti);
  }

  private apply(entry: Entry): void {
    this.all.push(entry);
    switch (entry.kind) {
      case 'opened':
        if (!this.gone.has(entry.sid)) this.live.set(entry.sid, entry);
        return;
      case 'asked': {
        const session = this.live.get(entry.sid);
        if (session && entry.active) this.live.set(entry.sid, { ...session, idleExpiresAt: entry.idleExpiresAt });
        else this.end(entry.sid);
        return;
      }
      case 'told':
        if (entry.jti !== null) this.seen.add(entry.jti);
        if (entry.sid !== null) this.end(entry.sid);
    }
  }

  private end(sid: string): void {
    this.live.delete(sid);
    this.gone.add(sid);
  }
}

function isOver({ expiresAt, idleExpiresAt }: OwnSession, now: number): boolean {
  return Date.parse(expiresAt) <= now || (idleExpiresAt !== null && Date.parse(idleExpiresAt) <= now);
}
