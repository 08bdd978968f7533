import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Mapping, VendorSignature } from '../mapping/mapping.js';
import { vendorDistrustOf, type Headers } from './verify-vendor.js';

interface Signed {
  readonly status: 'documented' | 'assumed';
  readonly why: string;
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const folder = path.resolve(__dirname, '..', '..', 'mappings');
const read = <T>(...names: string[]): T => JSON.parse(readFileSync(path.join(folder, ...names), 'utf8')) as T;
const now = new Date('2026-11-25T12:00:00Z');

const signing = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => ({ file, mapping: read<Mapping>(file), signed: read<{ signed?: Signed }>('fixtures', file).signed }))
  .filter(({ mapping }) => mapping.signature);

it('each mapping that knows how its system signs has a webhook that is signed so', () => {
  expect(signing.map(({ file }) => file)).toEqual(
    expect.arrayContaining(['bamboohr.json', 'crowdstrike.json', 'gusto.json', 'hibob.json', 'jamf.json', 'okta.json']),
  );
  for (const { signed } of signing) expect(['documented', 'assumed']).toContain(signed?.status);
});

describe.each(signing)('a webhook of $mapping.name', ({ mapping, signed }) => {
  const signature = mapping.signature!;
  const { secret, headers, body, why } = signed!;
  const judge = (change: { headers?: Headers; body?: string; secrets?: string[]; at?: Date } = {}) =>
    vendorDistrustOf(
      signature,
      change.headers ?? headers,
      Buffer.from(change.body ?? body),
      change.secrets ?? [secret],
      change.at ?? now,
    );
  const [name] = Object.keys(headers).slice(-1) as [string];

  it('is genuine by either of two secrets, and by no other', () => {
    expect(why).not.toBe('');
    expect(judge()).toBeUndefined();
    expect(judge({ secrets: ['another secret', secret] })).toBeUndefined();
    expect(judge({ secrets: ['another secret'] })).toBe('wrong signature');
    expect(judge({ secrets: [] })).toBe('wrong signature');
  });

  it('is none without its signature, with two of them, or with a part of it', () => {
    const { [name]: right, ...others } = headers;
    const signedBy = (value: string | string[] | undefined) => judge({ headers: { ...others, [name]: value } });
    expect([signedBy(undefined), signedBy(''), signedBy([right!, right!])]).toEqual(Array(3).fill('no signature'));
    expect([signedBy(right!.slice(0, -1)), signedBy(`${right} `)]).toEqual(Array(2).fill('wrong signature'));
  });

  if (signature.scheme === 'hmac')
    it('is forged once a byte of what is signed is another', () => {
      expect(judge({ body: `${body} ` })).toBe('wrong signature');
      const { timestamp } = signature;
      if (timestamp === undefined) return;
      expect(judge({ headers: { ...headers, [timestamp]: '1795607999' } })).toBe('wrong signature');
      expect(judge({ headers: { ...headers, [timestamp]: undefined } })).toBe('no webhook-timestamp');
      expect(judge({ at: new Date(now.getTime() + 310_000) })).toBe('too old');
      expect(judge({ at: new Date(now.getTime() - 310_000) })).toBe('in the future');
    });
});

it('takes hexadecimal figures in either case, and no timestamp that is none', () => {
  const { signed, mapping } = signing.find((one) => one.mapping.name === 'gusto')!;
  const shouted = { 'x-gusto-signature': signed!.headers['x-gusto-signature']!.toUpperCase() };
  const judge = (signature: VendorSignature, headers: Headers) =>
    vendorDistrustOf(signature, headers, Buffer.from(signed!.body), [signed!.secret], now);
  expect(judge(mapping.signature!, shouted)).toBeUndefined();
  const dated = { ...mapping.signature, timestamp: 'x-when' } as VendorSignature;
  for (const when of ['tomorrow', '1', '-1', '2026-11-25', '1e9'])
    expect(judge(dated, { ...signed!.headers, 'x-when': when })).toMatch(/^(no webhook-timestamp|too old)$/);
});
