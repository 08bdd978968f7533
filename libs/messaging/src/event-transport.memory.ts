import { EventTransport, type OutgoingMessage, type Subscription } from './event-transport.js';
import { groupBy } from './group-by.js';

/**
 * The in-process form, for the embedded product. It carries strings, so objects are never shared; it keeps nothing, so
 * a row leaves the outbox only when every group has committed it, and a crash redelivers.
 */
export class MemoryEventTransport extends EventTransport {
  private readonly subscriptions: Subscription[] = [];
  private readonly inHand = new Set<Promise<void>>();
  private stopped = false;

  override send(
    messages: readonly OutgoingMessage[],
    delivered: (ids: readonly string[]) => Promise<void>,
  ): Promise<void> {
    if (this.stopped) return Promise.reject(new Error('the transport is stopped'));
    const done = this.deliver(messages, delivered).finally(() => this.inHand.delete(done));
    this.inHand.add(done);
    return Promise.resolve();
  }

  private async deliver(
    messages: readonly OutgoingMessage[],
    delivered: (ids: readonly string[]) => Promise<void>,
  ): Promise<void> {
    // Group by group of message: one slow consumer of one topic must not hold back the rows of another.
    const byTopic = groupBy(messages, (message) => message.topic);
    await Promise.all(
      [...byTopic].map(async ([topic, batch]) => {
        const groups = this.subscriptions.filter((subscription) => subscription.topics.includes(topic));
        const results = await Promise.allSettled(
          groups.map((group) =>
            group.handle(
              batch.map(({ id, message }) => ({ topic, value: message, headers: {}, position: `${topic}/${id}` })),
            ),
          ),
        );
        // A group that stopped first has not committed: the rows stay, and are sent again after the restart.
        if (results.every((result) => result.status === 'fulfilled')) await delivered(batch.map(({ id }) => id));
      }),
    ).catch(() => undefined); // marking failed: the rows stay and come again
  }

  override subscribe(subscription: Subscription): void {
    this.subscriptions.push(subscription);
  }

  override async wantedState(): Promise<ReadonlySet<string>> {
    const wanted = await Promise.all(this.subscriptions.map((subscription) => subscription.unseenState()));
    return new Set(wanted.flat());
  }

  override async stateSent(topic: string): Promise<void> {
    await Promise.all(
      this.subscriptions.filter(({ topics }) => topics.includes(topic)).map((group) => group.stateSeen(topic)),
    );
  }

  override trouble(): undefined {
    return undefined;
  }

  override async stop(): Promise<void> {
    this.stopped = true;
    await Promise.allSettled([...this.inHand]);
  }
}
