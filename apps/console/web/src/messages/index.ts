import { useSyncExternalStore } from 'react';
import { en, type MessageKey } from './en';

export type Language = 'en' | 'de';
export type { MessageKey };
export const LANGUAGES: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' };

type Catalogue = Readonly<Record<MessageKey, string>>;
let current: { language: Language; messages: Catalogue } = { language: 'en', messages: en };
const listeners = new Set<() => void>();

/** Any but English is fetched when it is asked for. */
export async function setLanguage(language: Language): Promise<void> {
  const messages = language === 'de' ? (await import('./de')).de : en;
  current = { language, messages };
  document.documentElement.lang = language;
  localStorage.setItem('curfew.language', language);
  for (const listener of listeners) listener();
}

export function initialLanguage(): Language {
  const chosen = localStorage.getItem('curfew.language') ?? navigator.language.slice(0, 2);
  return chosen === 'de' ? 'de' : 'en';
}

/** `{n}` is a value, `{n|session|sessions}` a number with its word. */
export function t(key: MessageKey, values: Readonly<Record<string, string | number>> = {}): string {
  return current.messages[key].replaceAll(
    /\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g,
    (_, name: string, one: string | undefined, many: string | undefined) => {
      const value = values[name];
      if (typeof value !== 'number') return value ?? '';
      const shown = value.toLocaleString(locale());
      return one === undefined ? shown : `${shown} ${value === 1 ? one : many}`;
    },
  );
}

/** For words of the API that may grow: what is not in the catalogue is shown as it is. */
export const word = (prefix: 'cause' | 'state' | 'delivery' | 'kind', name: string): string =>
  `${prefix}.${name}` in en ? t(`${prefix}.${name}` as MessageKey) : name;

/** For what the browser itself puts into words: the reader's own kind of English or German. */
export const locale = (): string =>
  navigator.languages.find((one) => one.startsWith(current.language)) ?? current.language;

export const when = (iso: string): string =>
  new Date(iso).toLocaleString(locale(), { dateStyle: 'medium', timeStyle: 'medium' });

/** From then to then, the day once where it is the same. */
export const span = (from: string, to: string): string =>
  new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).formatRange(
    new Date(from),
    new Date(to),
  );

/** Of what the API calls its fields, those people have words for. */
export const fieldName = (name: string): string => (`field.${name}` in en ? t(`field.${name}` as MessageKey) : name);

export const useLanguage = (): Language =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current.language,
  );
