import { DirectoryPersonChangedV1 } from '@curfew/contracts';
import { startedBy, type Cause, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { ReceiveSignal } from '../signal/receive-signal.js';
import { orderingKey } from '../signal/signal.js';
import { accountOf, directorySource, personOf } from './directory.js';
import type { StoredUser } from './scim.store.js';

/** Whoever provisions: the credential says for which tenant, and as which directory. */
export interface Directory {
  readonly tenant: string;
  readonly source: string;
  readonly actor: string;
}

/** As signals show what read them. */
const MAPPING = 'scim';

/** What a directory has changed, told to the registry; and where it let somebody go or in again, as a signal like any other. */
@Injectable()
export class TellDirectory {
  constructor(private readonly receiveSignal: ReceiveSignal) {}

  /** The people as they now are; on one key each with their signals, so neither overtakes the other on its way. */
  changed(tx: Tx, { source, actor }: Directory, users: readonly StoredUser[], removed = false): void {
    const cause: Cause = startedBy(actor);
    for (const user of users)
      tx.publish(DirectoryPersonChangedV1, {
        subject: orderingKey({ subject: accountOf(directorySource(source), user.id) }),
        cause,
        data: personOf(directorySource(source), user, removed),
      });
  }

  /** One for each edge, however often it is said. Its sequence is the version that made it. */
  async employment(
    tx: Tx,
    { tenant, source, actor }: Directory,
    { id, version, userName }: Pick<StoredUser, 'id' | 'version' | 'userName'>,
    type: 'employment.terminated' | 'employment.rehired',
    { what, payload }: { readonly what: string; readonly payload: unknown },
  ): Promise<void> {
    const now = new Date();
    const name = directorySource(source);
    await this.receiveSignal.within(
      tx,
      { tenant, source: name, actor },
      {
        type,
        eventId: `${id}:${version}`,
        subject: accountOf(name, id),
        occurredAt: now,
        sequence: Number(version),
        reason: `${what} in ${name}: ${userName}`,
      },
      now,
      { mapping: MAPPING, payload },
    );
  }
}
