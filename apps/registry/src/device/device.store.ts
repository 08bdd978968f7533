import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';

export interface Device {
  readonly id: string;
  readonly name: string | null;
  readonly firstSeenAt: Date | null;
  readonly lastSeenAt: Date | null;
  readonly liveSessions: number;
}

@Injectable()
export class DeviceStore {
  /** Undefined: no session was ever opened on it. */
  async get(tx: Tx, deviceId: string): Promise<Device | undefined> {
    const [row] = await tx.sql<{
      device_id: string;
      name: string | null;
      first_seen_at: Date;
      last_seen_at: Date;
      live: number;
    }>(
      `SELECT device_id, name, first_seen_at, last_seen_at,
         (SELECT count(*)::int FROM sessions s WHERE s.tenant = d.tenant AND s.device_id = d.device_id AND s.ended_at IS NULL) AS live
       FROM devices d WHERE tenant = $1 AND device_id = $2`,
      [tx.tenant, deviceId],
    );
    return (
      row && {
        id: row.device_id,
        name: row.name,
        firstSeenAt: row.first_seen_at,
        lastSeenAt: row.last_seen_at,
        liveSessions: row.live,
      }
    );
  }
}
