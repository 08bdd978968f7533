export interface OutgoingMessage {
  /** The outbox row it comes from. */
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly message: string;
}

export interface IncomingMessage {
  readonly topic: string;
  readonly value: Buffer | string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Where it stands: names a message that carries no id of its own. */
  readonly position: string;
}

export interface Subscription {
  /** The consumer group: each group sees every message once, shared among its instances. */
  readonly group: string;
  readonly topics: readonly string[];
  /** Resolves when every one is committed or dead-lettered; rejects only when it stops first. */
  handle(messages: readonly IncomingMessage[]): Promise<void>;
  /** The state topics of which this group has never seen the state that stood before it came. */
  unseenState(): Promise<readonly string[]>;
  stateSeen(topic: string): Promise<void>;
}

/**
 * The road between the services. A message is delivered at least once to each group, in the order it was sent among
 * those of the same key. Two forms pass one suite: Kafka, and in-process for the embedded form.
 */
export abstract class EventTransport {
  /**
   * Hands messages over, in order. Resolves when the next batch may be sent; `delivered` is called with the ids that
   * need never be sent again. Rejects when the batch may be lost: send it again.
   */
  abstract send(
    messages: readonly OutgoingMessage[],
    delivered: (ids: readonly string[]) => Promise<void>,
  ): Promise<void>;

  /** Returns at once; a broker that can't be reached is waited for. */
  abstract subscribe(subscription: Subscription): void;

  /** State topics of which a group still wants what stood before it subscribed (in-process only: a broker keeps it). */
  abstract wantedState(): Promise<ReadonlySet<string>>;

  abstract stateSent(topic: string): Promise<void>;

  /** Undefined when all is well, else why not. */
  abstract trouble(): string | undefined;

  /** Stops taking messages, waits for those in hand. */
  abstract stop(): Promise<void>;
}
