import type { ApiError } from '../data/api';
import { t, type MessageKey } from './index';
import { en } from './en';

/** What a refusal means, in the language of the page where there are words for its code; else in the service's own. */
export function refusalOf({ status, code, message }: ApiError): string {
  const key = `problem.${code}`;
  if (key in en) return t(key as MessageKey);
  return status === 0 || status >= 500 ? t('error.offline') : message;
}
