import { invalidField } from '@curfew/contracts';

/** A filter or option that is one of a few words. Throws `invalid_field`. */
export function choiceOf<T extends string>(
  field: string,
  value: string | undefined,
  choices: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  const choice = choices.find((one) => one === value);
  if (choice === undefined) throw invalidField(field, `must be one of ${choices.join(', ')}`);
  return choice;
}

export const isYes = (field: string, value: string | undefined): boolean =>
  choiceOf(field, value, ['true', 'false']) === 'true';
