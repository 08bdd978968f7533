import type { CurfewEvent } from '@curfew/contracts';
import { exclusive, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { chain } from './entry.js';
import { EntryStore } from './entry.store.js';

/** Chains events to those before, in the order they arrive; one writer of a tenant's chain at a time. */
@Injectable()
export class AppendEntries {
  constructor(private readonly store: EntryStore) {}

  async execute(events: readonly CurfewEvent[], tx: Tx): Promise<void> {
    tx.lock(exclusive('chain', tx.tenant));
    this.store.append(tx, chain(tx.tenant, await this.store.head(tx), events));
  }
}
