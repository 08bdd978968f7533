import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { INITIAL_REACTIONS, type Reaction, type Reactions } from './reaction.js';

@Injectable()
export class ReactionStore {
  /** Those in force; the initial ones where a tenant never saved any. */
  async current(tx: Tx): Promise<Reactions> {
    const [row] = await tx.sql<{ version: number; document: Reaction[] }>(
      'SELECT version, document FROM reactions WHERE tenant = $1 ORDER BY version DESC LIMIT 1',
      [tx.tenant],
    );
    return row ? { version: row.version, reactions: row.document } : INITIAL_REACTIONS;
  }

  async save(tx: Tx, { version, reactions }: Reactions, actor: string): Promise<void> {
    await tx.sql('INSERT INTO reactions (tenant, version, document, actor) VALUES ($1, $2, $3, $4)', [
      tx.tenant,
      version,
      JSON.stringify(reactions),
      actor,
    ]);
  }
}
