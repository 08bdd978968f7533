import type { Session } from './types';
import { applicationOf, browserOf, deviceOf, durationOf, placeOf, statusOf } from './session-view';

const COLUMNS: readonly [string, (session: Session, now: number) => string][] = [
  ['id', ({ id }) => id],
  ['user', ({ subject }) => subject],
  ['email', ({ email }) => email ?? ''],
  ['application', applicationOf],
  ['client_id', ({ clientId }) => clientId],
  ['device', deviceOf],
  ['browser', browserOf],
  ['location', placeOf],
  ['opened_at', ({ openedAt }) => openedAt],
  ['duration', durationOf],
  ['status', statusOf],
  ['ended_at', ({ endedAt }) => endedAt ?? ''],
  ['cause', ({ cause }) => cause ?? ''],
  ['reason', ({ reason }) => reason ?? ''],
  ['revocation_id', ({ revocationId }) => revocationId ?? ''],
];

/** A spreadsheet runs what begins like a formula; with a quote before it, it is text. */
const cell = (text: string): string => {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
};

export const csvRows = (rows: readonly (readonly (string | number | null)[])[]): string =>
  rows.map((row) => `${row.map((value) => cell(String(value ?? ''))).join(',')}\r\n`).join('');

export const csvOf = (sessions: readonly Session[], now: number): string =>
  csvRows([COLUMNS.map(([name]) => name), ...sessions.map((session) => COLUMNS.map(([, of]) => of(session, now)))]);

export const ndjsonOf = (sessions: readonly Session[]): string =>
  sessions.map(({ version: _version, ...session }) => `${JSON.stringify(session)}\n`).join('');

export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
