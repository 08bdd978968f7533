/** The steps at which the chaos tests kill a service (S1 … S15 of the fault list). */
export type CrashPoint =
  'S1' | 'S2' | 'S3' | 'S4' | 'S5' | 'S6' | 'S7' | 'S8' | 'S9' | 'S10' | 'S11' | 'S12' | 'S13' | 'S15';

const [armed, service] = (process.env.CURFEW_CRASH_POINT ?? '').split('@');

/**
 * Dies here, as `kill -9` would, when `CURFEW_CRASH_POINT=<point>@<service>` asks for it; otherwise nothing.
 * A test cannot hit these instants from outside, and each is one where something could be lost or done twice.
 */
export function crashPoint(point: CrashPoint, inService: string): void {
  if (armed === point && service === inService) process.kill(process.pid, 'SIGKILL');
}
