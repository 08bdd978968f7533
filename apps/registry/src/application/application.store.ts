import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';

export interface Application {
  readonly clientId: string;
  readonly name: string;
  readonly clockSkewSeconds: number;
  readonly deadlineSeconds: number;
  readonly version: number;
  readonly removed: boolean;
}

/** What the registry needs to know of applications, from fanout's state topic. */
@Injectable()
export class ApplicationStore {
  async exists(tx: Tx, clientId: string): Promise<boolean> {
    const rows = await tx.sql('SELECT 1 FROM applications WHERE tenant = $1 AND client_id = $2 AND NOT removed', [
      tx.tenant,
      clientId,
    ]);
    return rows.length > 0;
  }

  /** An older state that comes late changes nothing. */
  async put(tx: Tx, application: Application): Promise<void> {
    await tx.sql(
      `INSERT INTO applications AS a (tenant, client_id, name, clock_skew_seconds, deadline_seconds, version, removed)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (tenant, client_id) DO UPDATE SET name = excluded.name, clock_skew_seconds = excluded.clock_skew_seconds,
         deadline_seconds = excluded.deadline_seconds, version = excluded.version, removed = excluded.removed
       WHERE a.version < excluded.version`,
      [
        tx.tenant,
        application.clientId,
        application.name,
        application.clockSkewSeconds,
        application.deadlineSeconds,
        application.version,
        application.removed,
      ],
    );
  }

  /** How long each has until it must have been told, in seconds. */
  async deadlines(tx: Tx, clientIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (clientIds.length === 0) return new Map();
    const rows = await tx.sql<{ client_id: string; deadline_seconds: number }>(
      'SELECT client_id, deadline_seconds FROM applications WHERE tenant = $1 AND client_id = ANY($2)',
      [tx.tenant, [...new Set(clientIds)]],
    );
    return new Map(rows.map((row) => [row.client_id, row.deadline_seconds]));
  }

  /** Its state follows from fanout; from this transaction on no session is opened there. */
  async remove(tx: Tx, clientId: string): Promise<void> {
    await tx.sql('UPDATE applications SET removed = true WHERE tenant = $1 AND client_id = $2', [tx.tenant, clientId]);
  }
}
