/** No control characters and no halves of surrogate pairs: such text ends up in logs, headers and exports, and PostgreSQL stores neither. */
export const PLAIN_TEXT = /^[^\p{Cc}\p{Cs}]*$/u;

export const isPlainText = (text: string): boolean => PLAIN_TEXT.test(text);

/** What somebody else has said, fit to be kept. */
export const plainTextOf = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cs}]+/gu, ' ').trim();
