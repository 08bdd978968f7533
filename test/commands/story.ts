/** What `npm start` printed of one termination. */
export interface Story {
  readonly employeeId: string;
  readonly rows: readonly Row[];
  /** The last line: applications that are done, all of them, sessions ended, sessions left alive, ms. */
  readonly sum: readonly number[];
  /** Lines to try. */
  readonly curls: readonly string[];
}

interface Row {
  readonly application: string;
  readonly ended: string;
  readonly toldAfter: string;
  readonly answer: string;
}

export function storyOf(output: string): Story {
  const lines = output.split('\n');
  const cells = lines
    .filter((line) => line.startsWith('│'))
    .map((line) =>
      line
        .split('│')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const sum = lines.map((line) =>
    /^(\d+) of (\d+) applications, (\d+) sessions ended, (\d+) left alive, (\d+) ms$/.exec(line),
  );
  return {
    employeeId: /\((E-\d+),/.exec(output)?.[1] ?? '',
    rows: cells.slice(1).map(([application = '', ended = '', toldAfter = '', answer = '']) => ({
      application,
      ended,
      toldAfter,
      answer,
    })),
    sum:
      sum
        .find((found) => found !== null)
        ?.slice(1)
        .map(Number) ?? [],
    curls: lines.filter((line) => line.startsWith('curl ')),
  };
}
