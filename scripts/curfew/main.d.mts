export const EXIT: { readonly done: 0; readonly failed: 1; readonly differs: 2; readonly outdated: 3 };

export interface Surroundings {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly out?: (text: string) => void;
  readonly err?: (text: string) => void;
}

/** The exit code. */
export function main(args: readonly string[], surroundings?: Surroundings): Promise<number>;
