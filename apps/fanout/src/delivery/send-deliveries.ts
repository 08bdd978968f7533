import { groupBy } from '@curfew/messaging';
import { InjectLogger, startLoop, type Logger, type Loop } from '@curfew/runtime';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Application } from '../application/application.js';
import { ApplicationStore } from '../application/application.store.js';
import { AttemptDelivery } from './attempt-delivery.js';
import { Circuit } from './circuit.js';
import { reached, type LeasedDelivery } from './delivery.js';
import { DeliveryStore } from './delivery.store.js';
import { RecordOutcomes } from './record-outcomes.js';
import { attemptLimitMs } from './retry-schedule.js';

/** At one application at once. */
const AT_ONCE = 32;
/** With those that wait for a slot: no more are leased than can be sent while the lease lasts. */
const WINDOW = 64;
const CLAIM = 500;
const IDLE_MS = 200;

/** One application's slots and circuit in this process. */
class Lane {
  readonly circuit = new Circuit();
  readonly queue: (() => void)[] = [];
  busy = 0;

  constructor(
    readonly tenant: string,
    readonly clientId: string,
  ) {}

  get room(): number {
    return this.circuit.open ? 0 : WINDOW - this.busy - this.queue.length;
  }
}

/** Deliveries of one token: one, or all of a person's where the application takes one token for them. */
interface Sending {
  readonly application: Application;
  readonly deliveries: readonly LeasedDelivery[];
}

/**
 * Sends leased deliveries: at once those that were just planned, and, by claiming them, those that are due. Each
 * application has slots of its own, so one that hangs slows no other.
 */
@Injectable()
export class SendDeliveries implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly lanes = new Map<string, Lane>();
  private readonly inHand = new Set<Promise<void>>();
  private loop: Loop | undefined;
  private stopping = false;

  constructor(
    private readonly store: DeliveryStore,
    private readonly applications: ApplicationStore,
    private readonly attemptDelivery: AttemptDelivery,
    private readonly recordOutcomes: RecordOutcomes,
    @InjectLogger() private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = startLoop('due deliveries', IDLE_MS, this.log, () => this.sendDue());
  }

  /** What is under way is finished and recorded; what only waits keeps its lease and is claimed by the next to run. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.loop?.stop();
    for (const lane of this.lanes.values()) for (const start of lane.queue.splice(0)) start();
    await Promise.allSettled([...this.inHand]);
    await this.recordOutcomes.finish();
  }

  /** Something became due that this process knows of. */
  wake(): void {
    this.loop?.wake();
  }

  /** How many deliveries to an application can be leased now. */
  room(tenant: string, clientId: string): number {
    return this.stopping ? 0 : Math.max(0, this.laneOf(tenant, clientId).room);
  }

  /** Sends what the caller has leased; the plan is on disk. */
  send(deliveries: readonly LeasedDelivery[], applications: ReadonlyMap<string, Application>): void {
    for (const sending of sendings(deliveries, (delivery) => applications.get(delivery.clientId))) this.start(sending);
  }

  private async sendDue(): Promise<boolean | number> {
    const lanes = [...this.lanes.values()];
    const now = Date.now();
    const claimed = await this.store.claim(
      lanes.filter(({ room }) => room <= 0),
      CLAIM,
    );
    for (const lane of lanes) {
      if (!lane.circuit.open || lane.busy > 0 || !lane.circuit.mayProbe(now)) continue;
      lane.circuit.probing(now);
      claimed.push(...(await this.store.claimProbe(lane.tenant, lane.clientId)));
    }
    if (claimed.length > 0) await this.startClaimed(claimed);
    return claimed.length === CLAIM || this.store.nextDueInMs(IDLE_MS);
  }

  private async startClaimed(claimed: readonly LeasedDelivery[]): Promise<void> {
    const pairs = [
      ...new Map(claimed.map(({ tenant, clientId }) => [keyOf(tenant, clientId), { tenant, clientId }])).values(),
    ];
    const found = await this.applications.forDeliveries(
      pairs.map(({ tenant }) => tenant),
      pairs.map(({ clientId }) => clientId),
    );
    const applications = new Map(
      found.map((application) => [keyOf(application.tenant, application.clientId), application]),
    );
    const tooMany: LeasedDelivery[] = [];
    for (const sending of sendings(claimed, ({ tenant, clientId }) => applications.get(keyOf(tenant, clientId)))) {
      const lane = this.laneOf(sending.application.tenant, sending.application.clientId);
      if (lane.room > 0 || lane.busy === 0) this.start(sending);
      else tooMany.push(...sending.deliveries);
    }
    if (tooMany.length > 0) await this.store.release(tooMany);
  }

  private start(sending: Sending): void {
    const run = this.run(sending)
      .catch((error: unknown) =>
        this.log.error(
          { err: error, clientId: sending.application.clientId },
          'a delivery could not be tried; its lease runs out',
        ),
      )
      .finally(() => this.inHand.delete(run));
    this.inHand.add(run);
  }

  private async run({ application, deliveries }: Sending): Promise<void> {
    const lane = this.laneOf(application.tenant, application.clientId);
    if (lane.busy >= AT_ONCE) await new Promise<void>((resolve) => lane.queue.push(resolve));
    lane.busy++;
    try {
      const [first] = deliveries;
      // Too late to finish within the lease: somebody else will take it over, and must not meet this try.
      if (this.stopping || first!.leasedUntil.getTime() - Date.now() < attemptLimitMs(new Date(), first!.deadlineAt))
        return;
      const attempt = await this.attemptDelivery.execute(application, first!);
      const healed = this.judge(lane, reached(attempt.outcome));
      if (!reached(attempt.outcome)) {
        this.log.info(
          {
            tenant: application.tenant,
            clientId: application.clientId,
            deliveryId: first!.deliveryId,
            attempt: attempt.number,
            outcome: attempt.outcome.kind,
            detail: attempt.outcome.detail,
          },
          'delivery.attempted',
        );
      }
      for (const delivery of deliveries)
        this.recordOutcomes.add(delivery, { ...attempt, number: delivery.attempts }, healed);
      if (healed) this.loop?.wake();
    } finally {
      lane.busy--;
      lane.queue.shift()?.();
    }
  }

  private judge(lane: Lane, success: boolean): boolean {
    if (success) return lane.circuit.succeeded();
    lane.circuit.failed(Date.now());
    return false;
  }

  private laneOf(tenant: string, clientId: string): Lane {
    const key = keyOf(tenant, clientId);
    let lane = this.lanes.get(key);
    if (!lane) this.lanes.set(key, (lane = new Lane(tenant, clientId)));
    return lane;
  }
}

const keyOf = (tenant: string, clientId: string): string => `${tenant}\u0000${clientId}`;

function* sendings(
  deliveries: readonly LeasedDelivery[],
  applicationOf: (delivery: LeasedDelivery) => Application | undefined,
): Generator<Sending> {
  const together = groupBy(deliveries, (delivery) =>
    applicationOf(delivery)?.logoutTokenFor === 'subject'
      ? `${delivery.tenant}\u0000${delivery.clientId}\u0000${delivery.subjectId}`
      : delivery.deliveryId,
  );
  for (const group of together.values()) {
    const application = applicationOf(group[0]!);
    if (application) yield { application, deliveries: group };
  }
}
