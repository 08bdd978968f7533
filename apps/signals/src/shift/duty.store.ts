import type { Tx } from '@curfew/messaging';
import { isUuid, Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import type { SubjectReference } from '../signal/signal.js';
import { nextStep, type Duty, type Extension } from './duty.js';

interface Row {
  duty_id: string;
  shift_id: string;
  occurrence: string;
  person: string;
  subject: SubjectReference;
  starts_at: Date;
  roster_ends_at: Date;
  extended_until: Date | null;
  warn_seconds: number;
  early_seconds: number;
  applications: string[] | null;
  workstations: string[] | null;
  state: Duty['state'];
  continued_as: string | null;
  extension: Stored<Extension> | null;
}

type Stored<T> = {
  readonly [K in keyof T]: T[K] extends Date ? string : T[K] extends Date | null ? string | null : T[K];
};

const dutyOf = (row: Row): Duty => ({
  dutyId: row.duty_id,
  shiftId: row.shift_id,
  occurrence: row.occurrence,
  person: row.person,
  subject: row.subject,
  startsAt: row.starts_at,
  rosterEndsAt: row.roster_ends_at,
  extendedUntil: row.extended_until,
  warnSeconds: row.warn_seconds,
  earlySeconds: row.early_seconds,
  applications: row.applications,
  workstations: row.workstations,
  state: row.state,
  continuedAs: row.continued_as,
  extension: row.extension && extensionOf(row.extension),
});

const extensionOf = (stored: Stored<Extension>): Extension => ({
  ...stored,
  until: new Date(stored.until),
  askedAt: new Date(stored.askedAt),
  decidedAt: stored.decidedAt === null ? null : new Date(stored.decidedAt),
});

@Injectable()
export class DutyStore {
  constructor(private readonly sweeper: Sweeper) {}

  async get(tx: Tx, dutyId: string): Promise<Duty | undefined> {
    if (!isUuid(dutyId)) return undefined;
    const [row] = await tx.sql<Row>('SELECT * FROM duties WHERE tenant = $1 AND duty_id = $2', [tx.tenant, dutyId]);
    return row && dutyOf(row);
  }

  /** Newest first. */
  async list(
    tx: Tx,
    { shiftId, state }: { readonly shiftId: string | undefined; readonly state: Duty['state'] | undefined },
    before: string | undefined,
    limit: number,
  ): Promise<Duty[]> {
    const rows = await tx.sql<Row>(
      `SELECT * FROM duties WHERE tenant = $1 AND ($2::text IS NULL OR shift_id = $2) AND ($3::text IS NULL OR state = $3)
         AND ($4::uuid IS NULL OR duty_id < $4) ORDER BY duty_id DESC LIMIT $5`,
      [tx.tenant, shiftId ?? null, state ?? null, before ?? null, limit],
    );
    return rows.map(dutyOf);
  }

  /** Of a shift: those that are not over, and those that were at some time since. */
  async ofShift(tx: Tx, shiftId: string, since: Date): Promise<Duty[]> {
    const rows = await tx.sql<Row>(
      `SELECT * FROM duties WHERE tenant = $1 AND shift_id = $2 AND (next_at IS NOT NULL OR roster_ends_at >= $3)`,
      [tx.tenant, shiftId, since],
    );
    return rows.map(dutyOf);
  }

  /** Of these people: those that are not over by then. */
  async ofPeople(tx: Tx, people: readonly string[], endingAfter: Date): Promise<Duty[]> {
    const rows = await tx.sql<Row>(
      `SELECT * FROM duties WHERE tenant = $1 AND person = ANY($2) AND greatest(roster_ends_at, extended_until) > $3`,
      [tx.tenant, people, endingAfter],
    );
    return rows.map(dutyOf);
  }

  /** New ones, and old ones as they are now. One that is over stays as it is. */
  async put(tx: Tx, duties: readonly Duty[]): Promise<void> {
    for (const duty of duties)
      tx.write(
        `INSERT INTO duties AS d (tenant, duty_id, shift_id, occurrence, person, subject, starts_at, roster_ends_at, extended_until,
           warn_seconds, early_seconds, applications, workstations, state, continued_as, extension, next_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         ON CONFLICT (tenant, shift_id, occurrence, person) DO UPDATE SET subject = excluded.subject, starts_at = excluded.starts_at,
           roster_ends_at = excluded.roster_ends_at, extended_until = excluded.extended_until, warn_seconds = excluded.warn_seconds,
           early_seconds = excluded.early_seconds, applications = excluded.applications, workstations = excluded.workstations,
           state = excluded.state, continued_as = excluded.continued_as, extension = excluded.extension, next_at = excluded.next_at
         WHERE d.state <> 'ended'`,
        [
          tx.tenant,
          duty.dutyId,
          duty.shiftId,
          duty.occurrence,
          duty.person,
          JSON.stringify(duty.subject),
          duty.startsAt,
          duty.rosterEndsAt,
          duty.extendedUntil,
          duty.warnSeconds,
          duty.earlySeconds,
          duty.applications,
          duty.workstations,
          duty.state,
          duty.continuedAs,
          duty.extension && JSON.stringify(duty.extension),
          nextStep(duty)?.at ?? null,
        ],
      );
  }

  async remove(tx: Tx, dutyIds: readonly string[]): Promise<void> {
    await tx.sql('DELETE FROM duties WHERE tenant = $1 AND duty_id = ANY($2::uuid[])', [tx.tenant, dutyIds]);
  }

  /** Whose duties wait for something to be done, the longest waiting first. */
  async dueTenants(limit: number): Promise<string[]> {
    const rows = await this.sweeper.sql<{ tenant: string }>(
      `SELECT tenant FROM duties WHERE next_at <= (SELECT curfew_now()) GROUP BY tenant ORDER BY min(next_at) LIMIT $1`,
      [limit],
    );
    return rows.map(({ tenant }) => tenant);
  }

  /** The earliest first. */
  async due(tx: Tx, now: Date, limit: number): Promise<Duty[]> {
    const rows = await tx.sql<Row>(
      'SELECT * FROM duties WHERE tenant = $1 AND next_at <= $2 ORDER BY next_at, duty_id LIMIT $3',
      [tx.tenant, now, limit],
    );
    return rows.map(dutyOf);
  }
}
