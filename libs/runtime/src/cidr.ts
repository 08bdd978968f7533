import ipaddr from 'ipaddr.js';

/** What comes before an IPv4 address inside an IPv6 one. */
const MAPPED_BITS = 96;

/** Without host bits, and IPv4 as such, also inside IPv6: so it is compared, and so it is shown (F-76). */
export function canonicalCidr(text: string): string {
  const [address, bits] = ipaddr.parseCIDR(text);
  if (address instanceof ipaddr.IPv4) return `${ipaddr.IPv4.networkAddressFromCIDR(text).toString()}/${bits}`;
  if (address.isIPv4MappedAddress() && bits >= MAPPED_BITS)
    return canonicalCidr(`${address.toIPv4Address().toString()}/${bits - MAPPED_BITS}`);
  return `${ipaddr.IPv6.networkAddressFromCIDR(text).toString()}/${bits}`;
}
