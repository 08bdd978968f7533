export interface Result {
  readonly scenario: string;
  readonly form: string;
  readonly ours: string;
  /** Measured in the same run. */
  readonly reference: string;
  readonly ratio: number;
  readonly limit: string;
  readonly holds: boolean;
}
