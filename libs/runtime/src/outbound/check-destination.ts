import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { invalidField, Problem, type ProblemCode } from '@curfew/contracts';
import { Injectable } from '@nestjs/common';
import { InjectConfig, type RunningConfig } from '../service.js';
import { isMetadataHost, mayReach, parseCidrs, type Cidr } from './destination.js';

/** Whether an address may be registered. Dialling checks again: names change. */
@Injectable()
export class CheckDestination {
  private readonly allowed: readonly Cidr[];

  constructor(@InjectConfig() config: RunningConfig) {
    this.allowed = parseCidrs(config.allowedPrivateDestinations);
  }

  /** Throws `invalid_field`, `insecure_destination`, `destination_forbidden`, `destination_unresolvable`. */
  async assertAllowed(field: string, uri: string): Promise<void> {
    const url = URL.canParse(uri) ? new URL(uri) : undefined;
    if (!url || !['https:', 'http:'].includes(url.protocol))
      throw invalidField(field, 'must be an absolute https address');
    if (url.hash !== '' || uri.includes('#')) throw invalidField(field, 'must not have a fragment');
    if (url.username !== '' || url.password !== '') throw invalidField(field, 'must not hold credentials');
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isMetadataHost(host)) throw refused('destination_forbidden', field, `is ${host}`);
    const addresses = isIP(host) ? [host] : await resolve(field, host);
    const bad = addresses.find((address) => !mayReach(address, this.allowed));
    if (bad !== undefined) throw refused('destination_forbidden', field, `leads to ${bad}`);
    // Plain http only inside the operator's own walls (OIDC Back-Channel Logout §2.2 leaves it to the provider).
    const inside = addresses.every((address) => mayReach(address, this.allowed) && !mayReach(address, []));
    if (url.protocol === 'http:' && !inside) throw refused('insecure_destination', field, 'must be https');
  }
}

async function resolve(field: string, host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    throw refused('destination_unresolvable', field, `names ${host}, which has no address`);
  }
}

const refused = (code: ProblemCode, field: string, message: string): Problem =>
  new Problem(code, `${field} ${message}`, { errors: [{ field, message }] });
