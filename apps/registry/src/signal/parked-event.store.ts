import type { CurfewEvent } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';

@Injectable()
export class ParkedEventStore {
  async park(tx: Tx, event: CurfewEvent, identifiers: readonly string[]): Promise<void> {
    await tx.sql(
      'INSERT INTO parked_events (tenant, event_id, identifiers, event) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      [tx.tenant, event.id, identifiers, JSON.stringify(event)],
    );
  }

  /** Those that name any of the identifiers, in the order they came; they are parked no more. */
  async take(tx: Tx, identifiers: readonly string[]): Promise<CurfewEvent[]> {
    const rows = await tx.sql<{ event: CurfewEvent; parked_at: Date }>(
      'DELETE FROM parked_events WHERE tenant = $1 AND identifiers && $2::text[] RETURNING event, parked_at',
      [tx.tenant, identifiers],
    );
    return rows.sort((a, b) => a.parked_at.getTime() - b.parked_at.getTime()).map(({ event }) => event);
  }
}
