import Table from 'cli-table3';
import type { Entry, OwnSession, Told } from './journal.js';

/** What one application's own book says of the leaver: before the signal, since then, and now. */
export interface Evidence {
  readonly name: string;
  readonly before: readonly OwnSession[];
  readonly since: readonly Entry[];
  readonly after: readonly OwnSession[];
}

interface Row {
  readonly name: string;
  readonly live: number;
  readonly ended: number;
  readonly toldAfterMs: number | undefined;
  readonly goneAfterMs: number | undefined;
  readonly answers: string;
}

/** The table, and the line that sums it up: from what the applications wrote down, not from what Curfew says. */
export function report(evidence: readonly Evidence[], signalSentAt: number): string[] {
  const concerned = evidence.filter(({ before }) => before.length > 0);
  const rows = concerned
    .map((one) => rowOf(one, signalSentAt))
    .sort((a, b) => (a.toldAfterMs ?? Infinity) - (b.toldAfterMs ?? Infinity));
  const table = new Table({
    head: ['application', 'sessions ended', 'told after', 'it answered'],
    colAligns: ['left', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, live, ended, toldAfterMs, answers } of rows) {
    table.push([
      name,
      ended === live ? ended : `${ended} of ${live}`,
      toldAfterMs === undefined ? 'never' : `${toldAfterMs} ms`,
      answers,
    ]);
  }
  const ended = rows.reduce((sum, row) => sum + row.ended, 0);
  const alive = evidence.reduce((sum, { after }) => sum + after.length, 0);
  const lastMs = Math.max(0, ...rows.map(({ goneAfterMs }) => goneAfterMs ?? 0));
  const done = rows.filter((row) => row.ended === row.live).length;
  return [
    ...table.toString().split('\n'),
    `${done} of ${rows.length} applications, ${ended} sessions ended, ${alive} left alive, ${lastMs} ms`,
  ];
}

function rowOf({ name, before, since }: Evidence, signalSentAt: number): Row {
  const sids = new Set(before.map(({ sid }) => sid));
  const told = since.filter((entry): entry is Told => entry.kind === 'told');
  const own = told.filter(({ sid }) => sid !== null && sids.has(sid));
  return {
    name,
    live: before.length,
    ended: own.reduce((sum, { ended }) => sum + ended, 0),
    toldAfterMs: latest(own.map(({ arrivedAt }) => arrivedAt)),
    goneAfterMs: latest(own.map(({ endedAt }) => endedAt)),
    // Refusals too, although they name no session: they are what one would want to see here.
    answers: counted(told.filter(({ sid }) => sid === null || sids.has(sid)).map(({ answer }) => answer)),
  };

  function latest(instants: readonly string[]): number | undefined {
    return instants.length === 0 ? undefined : Math.max(...instants.map((at) => Date.parse(at))) - signalSentAt;
  }
}

function counted(answers: readonly string[]): string {
  const times = new Map<string, number>();
  for (const answer of answers) times.set(answer, (times.get(answer) ?? 0) + 1);
  return [...times].map(([answer, count]) => (count === 1 ? answer : `${answer} (${count} times)`)).join('; ');
}
