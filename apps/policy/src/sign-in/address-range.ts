import { canonicalCidr } from '@curfew/runtime';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';

type Address = ReturnType<typeof ipaddr.process>;
type Range = readonly [Address, number];

const isIPv4 = (text: string): boolean => ipaddr.IPv4.isValidFourPartDecimal(text);

/** No octal or hexadecimal parts of IPv4, which two readers understand in two ways, and no zone of an interface. */
function isAddress(text: string): boolean {
  if (!text.includes(':')) return isIPv4(text);
  const last = text.slice(text.lastIndexOf(':') + 1);
  return ipaddr.IPv6.isValid(text) && !text.includes('%') && (!last.includes('.') || isIPv4(last));
}

/** An attempt's is asked for four times on its way, and by who comes from there next. */
const read = new LRUCache<string, Address>({ max: 10_000 });

/** IPv4 as such also where it comes inside IPv6; undefined: no address. */
export function addressOf(text: string): Address | undefined {
  let address = read.get(text);
  if (!address && isAddress(text)) read.set(text, (address = ipaddr.process(text)));
  return address;
}

/** An address or a CIDR block as it is kept, shown and compared: without host bits. Undefined: neither. */
export function canonicalRange(text: string): string | undefined {
  const [address = '', bits, ...more] = text.split('/');
  if (bits === undefined) return addressOf(address)?.toString();
  if (more.length > 0 || !isAddress(address) || !/^(0|[1-9]\d{0,2})$/.test(bits)) return undefined;
  return Number(bits) <= (address.includes(':') ? 128 : 32) ? canonicalCidr(text) : undefined;
}

/** Of a canonical one. */
export const rangeOf = (range: string): Range =>
  range.includes('/') ? ipaddr.parseCIDR(range) : [ipaddr.parse(range), range.includes(':') ? 128 : 32];

export const isWithin = (address: Address, [network, bits]: Range): boolean =>
  address.kind() === network.kind() && address.match(network as never, bits);

const V4_BITS = 32;
const numberOf = (address: Address): number => address.toByteArray().reduce((number, byte) => number * 256 + byte, 0);

/** An address, and its number where it is IPv4. */
export interface Place {
  readonly address: Address;
  readonly v4: number | undefined;
}

/** Undefined: no address. */
export function placeOf(text: string): Place | undefined {
  const address = addressOf(text);
  return address && { address, v4: address.kind() === 'ipv4' ? numberOf(address) : undefined };
}

/** Whether an address is in one of these canonical ranges: asked of thousands of rules, so IPv4 is compared as numbers. */
export function withinAny(ranges: readonly string[]): (place: Place) => boolean {
  const parsed = ranges.map(rangeOf);
  const v4 = parsed
    .filter(([network]) => network.kind() === 'ipv4')
    .map(([network, bits]) => [numberOf(network), numberOf(network) + 2 ** (V4_BITS - bits)] as const);
  const v6 = parsed.filter(([network]) => network.kind() === 'ipv6');
  return ({ address, v4: number }) =>
    number === undefined
      ? v6.some((range) => isWithin(address, range))
      : v4.some(([first, end]) => first <= number && number < end);
}

/** By the length of its prefix, which of the blocks of that length an IPv4 range is. */
export type Block = readonly [bits: number, nth: number];

const blockOf = (number: number, bits: number): Block => [bits, Math.floor(number / 2 ** (V4_BITS - bits))];

/** Of canonical ranges; undefined: not all of them are IPv4. */
export function blocksOf(ranges: readonly string[]): Block[] | undefined {
  const parsed = ranges.map(rangeOf);
  if (parsed.some(([network]) => network.kind() !== 'ipv4')) return undefined;
  return parsed.map(([network, bits]) => blockOf(numberOf(network), bits));
}

/** Which of the blocks of that length somebody is in. */
export const nthBlock = (v4: number, bits: number): number => blockOf(v4, bits)[1];
