import { Problem } from '@curfew/contracts';
import { CheckDestination } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { metadataUri } from './transmitter.js';
import { TransmitterClient } from './transmitter.client.js';

const LIMIT_MS = 5_000;
const ENDPOINTS = {
  configuration: 'configuration_endpoint',
  status: 'status_endpoint',
  verification: 'verification_endpoint',
  addSubject: 'add_subject_endpoint',
  removeSubject: 'remove_subject_endpoint',
} as const;
export type Endpoint = keyof typeof ENDPOINTS;

/** What a transmitter says of itself (SSF 1.0 §7), as far as it is used. */
export interface TransmitterMetadata {
  readonly jwksUri: string;
  readonly endpoints: Readonly<Partial<Record<Endpoint, string>>>;
}

@Injectable()
export class Discover {
  constructor(
    private readonly client: TransmitterClient,
    private readonly destinations: CheckDestination,
  ) {}

  /** Throws `transmitter_undiscoverable`, `transmitter_refused`, `invalid_field`, and as `CheckDestination` does of whatever address it names. */
  async execute(issuer: string): Promise<TransmitterMetadata> {
    const uri = metadataUri(issuer);
    await this.destinations.assertAllowed('issuer', uri);
    const metadata = await this.read(uri);
    if (metadata.issuer !== issuer) throw undiscoverable(`${uri} is of the issuer ${String(metadata.issuer)}`);
    const jwksUri = await this.address(metadata, 'jwks_uri');
    if (jwksUri === undefined) throw undiscoverable(`${uri} names no jwks_uri`);
    const endpoints: Partial<Record<Endpoint, string>> = {};
    for (const [name, member] of Object.entries(ENDPOINTS) as [Endpoint, string][]) {
      const address = await this.address(metadata, member);
      if (address !== undefined) endpoints[name] = address;
    }
    return { jwksUri, endpoints };
  }

  private async address(metadata: Record<string, unknown>, member: string): Promise<string | undefined> {
    const address = metadata[member];
    if (typeof address !== 'string') return undefined;
    await this.destinations.assertAllowed(member, address);
    return address;
  }

  private async read(uri: string): Promise<Record<string, unknown>> {
    const answer = await this.client.send(uri, { method: 'GET', limitMs: LIMIT_MS }).catch((error: Error) => {
      throw undiscoverable(`${uri}: ${error.message}`);
    });
    if (answer.status !== 200) throw undiscoverable(`${uri} answered ${answer.status}`);
    return answer.json() as Record<string, unknown>;
  }
}

const undiscoverable = (detail: string): Problem => new Problem('transmitter_undiscoverable', detail);
