import { Problem } from '@curfew/contracts';

/** A refusal of a part is told with where in the whole it stands. */
export async function atPath<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const errors = error.more.errors ?? [{ field: '', message: error.message }];
    throw new Problem(error.code, `${path}: ${error.message}`, {
      ...error.more,
      errors: errors.map(({ field, message }) => ({ field: field ? `${path}.${field}` : path, message })),
    });
  }
}
