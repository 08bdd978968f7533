import ipaddr from 'ipaddr.js';

export type Cidr = ReturnType<typeof ipaddr.parseCIDR>;

export const parseCidrs = (cidrs: readonly string[]): Cidr[] => cidrs.map((cidr) => ipaddr.parseCIDR(cidr));

/**
 * Whether deliveries may go to an address: a public one, or one the operator allows. IPv4 inside IPv6 is unwrapped
 * first, or `::ffff:127.0.0.1` would pass for something else.
 */
export function mayReach(address: string, allowed: readonly Cidr[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() === 'unicast') return true;
  return allowed.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits));
}

/** A cloud's metadata service by name: refused whatever a resolver says, and whatever the operator allows. */
export const isMetadataHost = (host: string): boolean =>
  /^(metadata\.google\.internal|metadata\.amazonaws\.com|metadata)\.?$/i.test(host);
