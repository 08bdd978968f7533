/** How soon one application was told of what was planned for it in a range of time. */
export interface Told {
  readonly clientId: string;
  readonly inTime: number;
  /** After its deadline. */
  readonly late: number;
  /** Its deadline is over, or it was given up. */
  readonly untold: number;
  /** Its deadline still runs. */
  readonly open: number;
  /** From the signal, or the request, to the first answer that accepts. Null while nothing is told. */
  readonly milliseconds: {
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly longest: number;
  } | null;
}

export interface Timeliness extends Told {
  readonly errorBudget: {
    /** How many of those that are due may miss their deadline. */
    readonly allowed: number;
    readonly missed: number;
    /** The share of it that is left; below 0 once more is missed than is allowed. Null while nothing is due. */
    readonly left: number | null;
  };
}

/** `objective`: in percent of what is due, how much is to be told in time. */
export function timelinessOf(told: Told, objective: number): Timeliness {
  const missed = told.late + told.untold;
  const due = told.inTime + missed;
  const allowed = rounded((due * (100 - objective)) / 100);
  return { ...told, errorBudget: { allowed, missed, left: due === 0 ? null : rounded(1 - missed / allowed) } };
}

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
