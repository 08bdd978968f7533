/** A message that can never be handled (malformed, a broken rule): it is dead-lettered. Anything else is retried. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
}

interface DatabaseError {
  code?: string;
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String((error as DatabaseError).code) : '';

/**
 * SQLSTATE classes 22 (data), 23 (integrity) and 54 (more than an index row or a statement holds): the message is at
 * fault, and repeating it changes nothing. Nor does it where JSON is nested deeper than it can be written again, or an
 * instant is none (`RangeError`).
 */
export const isPermanent = (error: unknown): boolean =>
  error instanceof PermanentError || error instanceof RangeError || /^(22|23|54)[0-9A-Z]{3}$/.test(codeOf(error));

/** 40001 serialization failure, 40P01 deadlock: PostgreSQL asks for the transaction to be run again. */
export const isRerunnable = (error: unknown): boolean => ['40001', '40P01'].includes(codeOf(error));

const CONNECTION_LOST = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNABORTED',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '08000',
  '08001',
  '08003',
  '08004',
  '08006',
  '53300',
  '25P03',
]);

/** The database could not be reached, or dropped the connection: the caller may try again. */
export const isUnavailable = (error: unknown): boolean =>
  CONNECTION_LOST.has(codeOf(error)) ||
  (error instanceof Error &&
    /Connection terminated|Connection ended|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|Driver not Connected/i.test(
      error.message,
    ));
