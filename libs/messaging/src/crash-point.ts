import { rmSync } from 'node:fs';
import path from 'node:path';

/** The steps at which the crash tests kill a service (S1 … S15 of the fault list; S16: the shift clock has ended duties, and not committed). */
export type CrashPoint =
  'S1' | 'S2' | 'S3' | 'S4' | 'S5' | 'S6' | 'S7' | 'S8' | 'S9' | 'S10' | 'S11' | 'S12' | 'S13' | 'S14' | 'S15' | 'S16';

const folder = process.env.CURFEW_CRASH_POINTS;

/**
 * Dies here, as `kill -9` would, when the folder `CURFEW_CRASH_POINTS` holds a file `<point>@<service>`, and takes the
 * file away first: it happens once. Without that variable nothing happens, ever. A test cannot hit these instants from
 * outside, and each is one where something could be lost or done twice.
 */
export function crashPoint(point: CrashPoint, inService: string): void {
  if (folder === undefined) return;
  try {
    rmSync(path.join(folder, `${point}@${inService}`));
  } catch {
    return; // not asked for
  }
  process.kill(process.pid, 'SIGKILL');
}
