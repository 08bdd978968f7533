import { addressOf, canonicalRange, isWithin, rangeOf } from './address-range.js';

const within = (ip: string, range: string): boolean => isWithin(addressOf(ip)!, rangeOf(canonicalRange(range)!));

describe('SP-10 a range', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.1.2.3/32', '10.1.2.3/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['2001:db8:ffff::1/33', '2001:db8:8000::/33'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
    ['::ffff:a01:203/128', '10.1.2.3/32'],
    ['::/0', '::/0'],
  ])('%s is kept as %s', (text, canonical) => {
    expect(canonicalRange(text)).toBe(canonical);
    expect(canonicalRange(canonical)).toBe(canonical);
  });

  it.each([
    ...[
      '',
      'office',
      '10.1.2',
      '10.1.2.256',
      '010.1.2.3',
      '0x0a.1.2.3',
      '167837955',
      '10.1/8',
      ' 10.1.2.3',
      '10.1.2.3:80',
    ],
    ...[
      '10.1.2.3/33',
      '10.1.2.3/-1',
      '10.1.2.3/',
      '10.1.2.3/08',
      '10.1.2.3/8/8',
      '10.1.2.3/255.0.0.0',
      '/8',
      '10.1.2.3/8 ',
    ],
    ...['2001:db8::/129', 'fe80::1%eth0', '2001:db8::1::2', '[::1]', '::ffff:010.1.2.3/104'],
  ])('%j is none', (text) => expect(canonicalRange(text)).toBeUndefined());

  it.each([
    ['10.255.0.1', '10.1.2.3/8', true],
    ['11.0.0.0', '10.0.0.0/8', false],
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.8', '203.0.113.7', false],
    ['::ffff:10.0.0.1', '10.0.0.0/8', true],
    ['10.0.0.1', '::ffff:10.0.0.0/104', true],
    ['2001:db8::1', '2001:db8::/32', true],
    ['2001:db9::1', '2001:db8::/32', false],
    ['2001:db8::1', '2001:db8:0::1', true],
    ['10.0.0.1', '::/0', false], // IPv6 alone
    ['::1', '0.0.0.0/0', false],
  ])('%s in %s: %j', (ip, range, expected) => expect(within(ip, range)).toBe(expected));
});
