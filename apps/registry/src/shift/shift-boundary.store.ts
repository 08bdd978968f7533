import type { DutyFacts } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { identifiersOf } from '../subject/identifier.js';

/** Where a duty begins or ends: what its person was authenticated for before must not go on after it. */
export interface Boundary extends Record<string, unknown> {
  readonly dutyId: string;
  readonly shiftId: string;
  readonly occurrence: string;
  readonly kind: 'start' | 'end';
  readonly boundaryAt: Date;
  /** Null: nobody is known by what the roster calls the person. */
  readonly subject: string | null;
}

/** A session that was still usable when the boundary lay behind it. */
export interface Crossing extends Boundary {
  readonly sessionId: string;
  readonly clientId: string;
  readonly device: string | null;
  readonly authenticatedAt: Date;
  /** Null: it still is. */
  readonly endedAt: Date | null;
  readonly secondsOver: number;
}

export interface BoundaryFilter {
  readonly from: Date;
  readonly to: Date;
  readonly shiftId: string | undefined;
  /** What ending takes: who was out by then has not crossed. */
  readonly toleranceSeconds: number;
}

const BOUNDARY = `
  b.duty_id AS "dutyId", b.shift_id AS "shiftId", b.occurrence, b.kind, b.at AS "boundaryAt", who.subject_id AS subject`;

const BOUNDARIES = `
  shift_boundaries b
  CROSS JOIN (SELECT curfew_now() AS now) moment
  LEFT JOIN LATERAL (
    SELECT i.subject_id FROM subject_identifiers i WHERE i.tenant = $1 AND i.identifier = ANY(b.identifiers)
    ORDER BY array_position(b.identifiers, i.identifier) LIMIT 1) who ON true`;

const IN_WINDOW = `b.tenant = $1 AND b.at BETWEEN $2 AND $3 AND ($4::text IS NULL OR b.shift_id = $4)`;

const CROSSED = `
  s.tenant = $1 AND s.subject_id = who.subject_id AND s.judged_at <= b.up_to
  AND coalesce(s.ended_at, moment.now) > b.at + make_interval(secs => $5)
  AND (b.applications IS NULL AND b.devices IS NULL OR s.client_id = ANY(b.applications) OR s.device_id = ANY(b.devices))`;

/** The boundaries of duties, as the shift calendar tells them, against the sessions there were. */
@Injectable()
export class ShiftBoundaryStore {
  async put(
    tx: Tx,
    kind: Boundary['kind'],
    boundaries: readonly (DutyFacts & { readonly at: string; readonly upTo: string })[],
  ): Promise<void> {
    for (const { dutyId, shiftId, occurrence, at, upTo, subject, applications, devices } of boundaries)
      await tx.sql(
        `INSERT INTO shift_boundaries (tenant, duty_id, kind, shift_id, occurrence, at, up_to, identifiers, applications, devices)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant, duty_id, kind) DO NOTHING`,
        [
          tx.tenant,
          dutyId,
          kind,
          shiftId,
          occurrence,
          at,
          upTo,
          identifiersOf(subject),
          applications ?? null,
          devices ?? null,
        ],
      );
  }

  /** By duty, each with how many sessions crossed it. */
  async list(
    tx: Tx,
    filter: BoundaryFilter,
    after: string,
    limit: number,
  ): Promise<(Boundary & { readonly crossings: number })[]> {
    return tx.sql<Boundary & { crossings: number }>(
      `SELECT ${BOUNDARY}, (SELECT count(*)::int FROM sessions s WHERE ${CROSSED}) AS crossings
       FROM ${BOUNDARIES}
       WHERE ${IN_WINDOW} AND concat(b.duty_id, '/', b.kind) > $6 ORDER BY concat(b.duty_id, '/', b.kind) LIMIT $7`,
      [...valuesOf(tx, filter), after, limit],
    );
  }

  /** By session. */
  async crossings(tx: Tx, filter: BoundaryFilter, after: string, limit: number): Promise<Crossing[]> {
    return tx.sql<Crossing>(
      `SELECT ${BOUNDARY}, s.session_id AS "sessionId", s.client_id AS "clientId", s.device_id AS device,
              s.authenticated_at AS "authenticatedAt", s.ended_at AS "endedAt",
              extract(epoch FROM coalesce(s.ended_at, moment.now) - b.at)::float8 AS "secondsOver"
       FROM ${BOUNDARIES} JOIN sessions s ON ${CROSSED}
       WHERE ${IN_WINDOW} AND concat(s.session_id, '/', b.duty_id, '/', b.kind) > $6
       ORDER BY concat(s.session_id, '/', b.duty_id, '/', b.kind) LIMIT $7`,
      [...valuesOf(tx, filter), after, limit],
    );
  }
}

const valuesOf = (tx: Tx, { from, to, shiftId, toleranceSeconds }: BoundaryFilter): unknown[] => [
  tx.tenant,
  from,
  to,
  shiftId ?? null,
  toleranceSeconds,
];
