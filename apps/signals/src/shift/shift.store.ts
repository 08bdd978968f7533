import type { Tx } from '@curfew/messaging';
import { Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import type { Shift } from './shift.js';

interface Row {
  document: Shift;
  saved_at: Date;
  looked_at: Date;
  zone_rules: string;
  look_at: Date;
}

export interface StoredShift {
  readonly shift: Shift;
  readonly savedAt: Date;
  /** Its duties have been made of it until then. */
  readonly lookedAt: Date;
  /** By the rules of time zones of that version. */
  readonly zoneRules: string;
  /** When it is to be looked at again. */
  readonly lookAt: Date;
}

const storedOf = ({ document, saved_at, looked_at, zone_rules, look_at }: Row): StoredShift => ({
  shift: document,
  savedAt: saved_at,
  lookedAt: looked_at,
  zoneRules: zone_rules,
  lookAt: look_at,
});

const COLUMNS = 'document, saved_at, looked_at, zone_rules, look_at';

@Injectable()
export class ShiftStore {
  constructor(private readonly sweeper: Sweeper) {}

  async get(tx: Tx, shiftId: string): Promise<StoredShift | undefined> {
    const [row] = await tx.sql<Row>(`SELECT ${COLUMNS} FROM shifts WHERE tenant = $1 AND shift_id = $2`, [
      tx.tenant,
      shiftId,
    ]);
    return row && storedOf(row);
  }

  /** By id. */
  async list(tx: Tx, ward: string | undefined, after: string, limit: number): Promise<Shift[]> {
    const rows = await tx.sql<Row>(
      `SELECT ${COLUMNS} FROM shifts WHERE tenant = $1 AND ($2::text IS NULL OR ward = $2) AND shift_id > $3 ORDER BY shift_id LIMIT $4`,
      [tx.tenant, ward ?? null, after, limit],
    );
    return rows.map(({ document }) => document);
  }

  /** Those that take turns with others. */
  async ofWards(tx: Tx, ward: string | undefined): Promise<Shift[]> {
    const rows = await tx.sql<Row>(
      `SELECT ${COLUMNS} FROM shifts WHERE tenant = $1 AND ward IS NOT NULL AND ($2::text IS NULL OR ward = $2)`,
      [tx.tenant, ward ?? null],
    );
    return rows.map(({ document }) => document);
  }

  /** Seen by nobody's clock before it has been looked at. */
  async put(tx: Tx, shift: Shift, now: Date): Promise<StoredShift> {
    await tx.sql(
      `INSERT INTO shifts (tenant, shift_id, ward, document, saved_at, looked_at, zone_rules, look_at) VALUES ($1, $2, $3, $4, $5, $5, '', $5)
       ON CONFLICT (tenant, shift_id) DO UPDATE SET ward = excluded.ward, document = excluded.document, saved_at = excluded.saved_at,
         looked_at = excluded.looked_at, zone_rules = excluded.zone_rules, look_at = excluded.look_at`,
      [tx.tenant, shift.shiftId, shift.ward, JSON.stringify(shift), now],
    );
    return { shift, savedAt: now, lookedAt: now, zoneRules: '', lookAt: now };
  }

  async remove(tx: Tx, shiftId: string): Promise<void> {
    await tx.sql('DELETE FROM shifts WHERE tenant = $1 AND shift_id = $2', [tx.tenant, shiftId]);
  }

  /** Over all tenants: those nobody has looked at for long, or only by older rules of time zones than there are here. */
  async due(zoneRules: string, limit: number): Promise<{ tenant: string; shiftId: string }[]> {
    return this.sweeper.sql<{ tenant: string; shiftId: string }>(
      `SELECT tenant, shift_id AS "shiftId" FROM shifts
       WHERE look_at <= (SELECT curfew_now()) OR zone_rules < $1 ORDER BY look_at LIMIT $2`,
      [zoneRules, limit],
    );
  }

  /** `lookedAt` left out: it could not be. */
  async looked(
    tx: Tx,
    shiftId: string,
    { lookedAt, zoneRules, lookAt }: Pick<StoredShift, 'zoneRules' | 'lookAt'> & { readonly lookedAt?: Date },
  ): Promise<void> {
    await tx.sql(
      `UPDATE shifts SET looked_at = coalesce($3, looked_at), zone_rules = greatest(zone_rules, $4), look_at = $5
       WHERE tenant = $1 AND shift_id = $2`,
      [tx.tenant, shiftId, lookedAt ?? null, zoneRules, lookAt],
    );
  }
}
