import fc from 'fast-check';
import { csvOf, csvRows } from './download';
import type { Session } from './types';

/** RFC 4180, as a spreadsheet reads it. */
function read(csv: string): string[][] {
  const rows: string[][] = [];
  for (let at = 0, row: string[] = []; at < csv.length; at++) {
    const isQuoted = csv[at] === '"';
    const [found] = (isQuoted ? /"((?:[^"]|"")*)"/y : /[^,\r\n]*/y).exec(csv.slice(at))!;
    row.push(isQuoted ? found.slice(1, -1).replaceAll('""', '"') : found);
    at += found.length;
    if (csv[at] === ',') continue;
    rows.push(row);
    row = [];
    at++; // of \r\n
  }
  return rows;
}

it('DB-05 whatever comes from outside, no cell is a formula, and each is read back as it was', () => {
  const nasty = fc.stringMatching(/^[=+\-@\t\r",;\na1 ]{0,6}$/);
  fc.assert(
    fc.property(fc.array(fc.array(nasty, { minLength: 2, maxLength: 4 }), { minLength: 1 }), (rows) => {
      const cells = read(csvRows(rows));
      expect(cells.flat().some((cell) => /^[=+\-@\t\r]/.test(cell))).toBe(false);
      expect(cells.map((row) => row.map((cell) => cell.replace(/^'(?=[=+\-@\t\r])/, '')))).toEqual(rows);
    }),
  );
});

it('DB-05 each column that an application or a person fills is kept from being a formula', () => {
  const formula = '=HYPERLINK("http://evil.test")';
  const fields = [
    'subject',
    'email',
    'application',
    'clientId',
    'device',
    'deviceName',
    'userAgent',
    'region',
    'ip',
    'reason',
  ];
  const session = {
    ...{
      id: 'id',
      openedAt: '2026-01-01T00:00:00Z',
      lastActivityAt: '2026-01-01T00:00:00Z',
      endedAt: null,
      cause: null,
    },
    ...Object.fromEntries(fields.map((field) => [field, formula])),
  } as unknown as Session;
  const [, row] = read(csvOf([session], 0));
  expect(row!.filter((cell) => cell.includes('HYPERLINK')).length).toBe(8);
  expect(row!.some((cell) => cell.startsWith('='))).toBe(false);
});
