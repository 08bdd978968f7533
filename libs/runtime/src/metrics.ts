import type { EventMetrics } from '@curfew/messaging';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

const SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];

/**
 * One registry a process. What is labelled with a tenant is shown to that tenant's keys and to operators only
 * (`seenBy`): an application's name is its tenant's own business.
 */
export class Metrics {
  readonly registry = new Registry();
  private readonly lag = new Histogram({
    name: 'curfew_event_lag_seconds',
    help: 'From an event being written to its handler having committed',
    labelNames: ['service', 'type'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  private readonly retries = new Counter({
    name: 'curfew_event_retries_total',
    help: 'Events whose handler failed and is run again',
    labelNames: ['service', 'type'],
    registers: [this.registry],
  });
  private readonly deadLetters = new Counter({
    name: 'curfew_dead_letters_total',
    help: 'Events set aside for good',
    labelNames: ['service', 'type'],
    registers: [this.registry],
  });
  readonly requests = new Histogram({
    name: 'curfew_http_request_seconds',
    help: 'HTTP requests by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [this.registry],
  });

  private readonly backlogs = new Map<string, () => Promise<number>>();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    const { backlogs } = this;
    new Gauge({
      name: 'curfew_outbox_rows',
      help: 'Published, and not yet taken by the transport',
      labelNames: ['service'],
      registers: [this.registry],
      async collect() {
        for (const [service, count] of backlogs) this.set({ service }, await count().catch(() => NaN));
      },
    });
  }

  /** Counted when somebody looks. */
  outbox(service: string, count: () => Promise<number>): void {
    this.backlogs.set(service, count);
  }

  events(service: string): EventMetrics {
    return {
      handled: (type, lagSeconds) => this.lag.observe({ service, type }, Math.max(0, lagSeconds)),
      retried: (type) => this.retries.inc({ service, type }),
      deadLettered: (type) => this.deadLetters.inc({ service, type }),
    };
  }

  histogram(name: string, help: string, labelNames: string[], buckets = SECONDS): Histogram {
    return this.singleton(name, () => new Histogram({ name, help, labelNames, buckets, registers: [this.registry] }));
  }

  counter(name: string, help: string, labelNames: string[]): Counter {
    return this.singleton(name, () => new Counter({ name, help, labelNames, registers: [this.registry] }));
  }

  /** The text form; of tenants' series only those of `tenant`, or of all when `everything`. */
  async text(tenant: string | undefined, everything: boolean): Promise<string> {
    const text = await this.registry.metrics();
    if (everything) return text;
    return text
      .split('\n')
      .filter((line) => !/[{,]tenant="/.test(line) || (tenant !== undefined && line.includes(`tenant="${tenant}"`)))
      .join('\n');
  }

  private singleton<T>(name: string, create: () => T): T {
    return (this.registry.getSingleMetric(name) as T | undefined) ?? create();
  }
}
