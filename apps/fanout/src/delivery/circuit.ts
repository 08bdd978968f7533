const OPENS_AFTER = 3;
const PROBE_EVERY_MS = 1_000;

/**
 * Whether an application is worth asking. After three failures in a row nothing is sent but one probe a second, and a
 * success lets everything through at once. It spares whoever is down and keeps the slots of this process free; it
 * never makes an application that is up again wait.
 */
export class Circuit {
  private failures = 0;
  private lastProbeAt = 0;

  get open(): boolean {
    return this.failures >= OPENS_AFTER;
  }

  /** One a second may go while it is open. */
  mayProbe(nowMs: number): boolean {
    return nowMs - this.lastProbeAt >= PROBE_EVERY_MS;
  }

  probing(nowMs: number): void {
    this.lastProbeAt = nowMs;
  }

  /** True when it was open: what waited may go. */
  succeeded(): boolean {
    const wasOpen = this.open;
    this.failures = 0;
    return wasOpen;
  }

  failed(nowMs: number): void {
    this.failures++;
    this.lastProbeAt = nowMs;
  }
}
