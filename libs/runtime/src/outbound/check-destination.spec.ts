import { lookup } from 'node:dns/promises';
import { readConfig } from '../config.js';
import type { RunningConfig } from '../service.js';
import { CheckDestination } from './check-destination.js';

jest.mock('node:dns/promises', () => ({ lookup: jest.fn() }));

/** What names lead to, in this test's world. */
const NAMES: Record<string, string[]> = {
  'app.acme.test': ['93.184.216.34', '2606:2800:220:1::1'],
  'inside.acme.test': ['10.1.2.3'],
  'both.acme.test': ['93.184.216.34', '10.1.2.3'],
  'metadata.acme.test': ['169.254.169.254'],
  'mapped.acme.test': ['::ffff:127.0.0.1'],
  // As getaddrinfo reads numbers that are no literal address to a URL.
  localhost: ['127.0.0.1', '::1'],
};
jest.mocked(lookup).mockImplementation(((host: string) => {
  const addresses = NAMES[host];
  if (!addresses) return Promise.reject(new Error(`ENOTFOUND ${host}`));
  return Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
}) as never);

const checking = (allowed: string): CheckDestination =>
  new CheckDestination({
    ...readConfig({
      CURFEW_MASTER_KEY: Buffer.alloc(32).toString('base64'),
      CURFEW_ALLOWED_PRIVATE_DESTINATIONS: allowed,
    }),
    issuer: '',
  } as RunningConfig);

const codeOf = (uri: string, allowed = ''): Promise<string> =>
  checking(allowed)
    .assertAllowed('backchannelLogoutUri', uri)
    .then(
      () => 'ok',
      (error: { code: string }) => error.code,
    );

it.each([
  'https://app.acme.test/logout?a=b',
  'https://93.184.216.34/logout',
  'https://[2606:2800:220:1::1]:8443/logout',
])('%s may be registered', async (uri) => expect(await codeOf(uri)).toBe('ok'));

it.each([
  ['no address', 'logout'],
  ['a relative one', '/logout'],
  ['another scheme', 'ftp://app.acme.test/'],
  ['F-52: a file', 'file:///etc/passwd'],
  ['F-52: gopher', 'gopher://app.acme.test/'],
  ['a script', 'javascript:alert(1)'],
  ['a fragment', 'https://app.acme.test/logout#top'],
  ['an empty fragment', 'https://app.acme.test/logout#'],
  ['credentials', 'https://ada:secret@app.acme.test/'],
  ['a name alone', 'https://ada@app.acme.test/'],
])('%s is not valid', async (_, uri) => expect(await codeOf(uri)).toBe('invalid_field'));

it.each([
  'https://127.0.0.1/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://0177.0.0.1/',
  'https://127.1/',
  'https://0/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[fd00:ec2::254]/',
  'https://169.254.169.254/latest/meta-data',
  'https://localhost/',
  'https://inside.acme.test/',
  'https://metadata.acme.test/',
  'https://mapped.acme.test/',
  'https://metadata.google.internal/',
  'https://METADATA.GOOGLE.INTERNAL./',
])('F-56: %s is forbidden', async (uri) => expect(await codeOf(uri)).toBe('destination_forbidden'));

it('F-56: one private address among public ones is enough', async () => {
  expect(await codeOf('https://both.acme.test/')).toBe('destination_forbidden');
});

it('a name that leads nowhere can not be registered', async () => {
  expect(await codeOf('https://nowhere.acme.test/')).toBe('destination_unresolvable');
});

describe('what the operator allows', () => {
  it('may be registered, plain http as well: it stays inside his walls', async () => {
    expect(await codeOf('https://inside.acme.test/', '10.1.0.0/16')).toBe('ok');
    expect(await codeOf('http://inside.acme.test/', '10.1.0.0/16')).toBe('ok');
    expect(await codeOf('http://[::ffff:127.0.0.1]:8080/', '127.0.0.0/8')).toBe('ok');
  });

  it('does not make plain http good for what is public, also in part', async () => {
    expect(await codeOf('http://app.acme.test/', '10.1.0.0/16')).toBe('insecure_destination');
    expect(await codeOf('http://both.acme.test/', '10.1.0.0/16')).toBe('insecure_destination');
    expect(await codeOf('http://app.acme.test/', '0.0.0.0/0,::/0')).toBe('insecure_destination');
  });

  it('never is a metadata service by its name', async () => {
    expect(await codeOf('http://metadata.google.internal/', '0.0.0.0/0')).toBe('destination_forbidden');
  });
});
