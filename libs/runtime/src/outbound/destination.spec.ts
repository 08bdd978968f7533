import fc from 'fast-check';
import { isMetadataHost, mayReach, parseCidrs } from './destination.js';

const allowed = parseCidrs(['127.0.0.0/8', '10.1.0.0/16', 'fd00::/8']);

it.each(['8.8.8.8', '172.15.0.1', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) =>
  expect(mayReach(address, [])).toBe(true),
);

it.each([
  ...['0.0.0.0', '10.0.0.1', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '172.31.255.255'],
  ...['192.0.0.8', '192.0.2.1', '192.168.0.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1'],
  ...['255.255.255.255', '::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '64:ff9b::7f00:1'],
  ...['2002:7f00:1::', '2001::1', '2001:db8::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fec0::1', 'ff02::1'],
])('F-56: %s is not', (address) => expect(mayReach(address, [])).toBe(false));

it.each(['', 'localhost', 'metadata', '127.0.0.1:80', '1.2.3.4.5', '8.8.8.8/32'])('%j is no address', (text) =>
  expect(mayReach(text, parseCidrs(['0.0.0.0/0', '::/0']))).toBe(false),
);

it('F-76: what the operator allows is reached in either form of the same address, and nothing beside it', () => {
  for (const address of ['127.0.0.1', '::ffff:127.9.9.9', '10.1.255.255', 'fd12::1'])
    expect([address, mayReach(address, allowed)]).toEqual([address, true]);
  for (const address of ['10.2.0.0', '::1', 'fe80::1', '169.254.169.254'])
    expect([address, mayReach(address, allowed)]).toEqual([address, false]);
});

it('an IPv4 address passes inside IPv6 exactly when it passes alone', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      expect(mayReach(`::ffff:${address}`, allowed)).toBe(mayReach(address, allowed));
    }),
  );
});

it('metadata services are known by name, however it is written', () => {
  for (const host of ['metadata.google.internal', 'METADATA.google.internal.', 'metadata', 'metadata.amazonaws.com'])
    expect(isMetadataHost(host)).toBe(true);
  for (const host of ['metadata.acme.test', 'my-metadata', 'metadata.google.internal.acme.test'])
    expect(isMetadataHost(host)).toBe(false);
});
