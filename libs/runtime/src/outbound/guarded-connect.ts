import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { isMetadataHost, mayReach, type Cidr } from './destination.js';

export class DestinationForbidden extends Error {
  readonly code = 'destination_forbidden';
}

/**
 * Connects only where deliveries may go. The address that was checked is the one that is dialled: a check of the name
 * before the connection would be answered differently the second time (DNS rebinding), and a filtered look-up alone is
 * never asked for a literal address.
 */
export function guardedConnector(
  allowed: readonly Cidr[],
  tls: { ca?: string; cert?: string; key?: string } | null,
): buildConnector.connector {
  const connect = buildConnector({ timeout: 2_000, lookup: guardedLookup(allowed), ...(tls ?? {}) });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isMetadataHost(host) || (isIP(host) !== 0 && !mayReach(host, allowed))) {
      callback(new DestinationForbidden(`${host} is private`), null);
      return;
    }
    connect(options, callback);
  };
}

const guardedLookup =
  (allowed: readonly Cidr[]): LookupFunction =>
  (host, options, callback) => {
    dnsLookup(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, '', 0);
      const bad = addresses.find(({ address }) => !mayReach(address, allowed));
      if (bad || addresses.length === 0)
        return callback(new DestinationForbidden(`${host} leads to ${bad?.address ?? 'nowhere'}`), '', 0);
      if (options.all) return callback(null, addresses as never, 0);
      return callback(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
