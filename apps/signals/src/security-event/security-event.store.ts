import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import type { SecurityEventToken } from './read-set.js';

export type Arrival = 'new' | 'repeated' | 'another';

@Injectable()
export class SecurityEventStore {
  /** Of many copies at once one is new, and the others wait for its transaction. */
  async arrive(
    tx: Tx,
    transmitterId: string,
    { jti, contentHash }: Pick<SecurityEventToken, 'jti' | 'contentHash'>,
  ): Promise<Arrival> {
    const inserted = await tx.sql(
      `INSERT INTO security_events (tenant, transmitter_id, jti, content_hash) VALUES ($1, $2, $3, $4)
       ON CONFLICT DO NOTHING RETURNING 1`,
      [tx.tenant, transmitterId, jti, contentHash],
    );
    if (inserted.length > 0) return 'new';
    const [earlier] = await tx.sql<{ content_hash: string }>(
      'SELECT content_hash FROM security_events WHERE tenant = $1 AND transmitter_id = $2 AND jti = $3',
      [tx.tenant, transmitterId, jti],
    );
    return earlier?.content_hash === contentHash ? 'repeated' : 'another';
  }
}
