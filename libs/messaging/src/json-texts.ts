/**
 * Many JSON texts as one parameter: none has this character, since JSON escapes it, and quoting an array of JSON costs
 * more than making it.
 */
export const jsonTexts = (texts: readonly string[]): string => texts.join('\u001e');

/** What `jsonTexts` made, as a `text[]` in a statement. */
export const ofJsonTexts = (parameter: string): string => `string_to_array(${parameter}, E'\\x1e')`;
