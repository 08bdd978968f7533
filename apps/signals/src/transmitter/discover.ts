import { Problem } from '@curfew/contracts';
import { CheckDestination, parseStrictJson } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { metadataUri } from './transmitter.js';
import { TransmitterClient } from './transmitter.client.js';

const LIMIT_MS = 5_000;

/** What a transmitter says of itself (SSF 1.0 §7), as far as it is used. */
export interface TransmitterMetadata {
  readonly jwksUri: string;
}

@Injectable()
export class Discover {
  constructor(
    private readonly client: TransmitterClient,
    private readonly destinations: CheckDestination,
  ) {}

  /** Throws `transmitter_undiscoverable`, `invalid_field`, and as `CheckDestination` does. */
  async execute(issuer: string): Promise<TransmitterMetadata> {
    const uri = metadataUri(issuer);
    await this.destinations.assertAllowed('issuer', uri);
    const metadata = await this.read(uri);
    if (metadata.issuer !== issuer) throw undiscoverable(`${uri} is of the issuer ${String(metadata.issuer)}`);
    const { jwks_uri: jwksUri } = metadata;
    if (typeof jwksUri !== 'string') throw undiscoverable(`${uri} names no jwks_uri`);
    await this.destinations.assertAllowed('jwks_uri', jwksUri);
    return { jwksUri };
  }

  private async read(uri: string): Promise<Record<string, unknown>> {
    const answer = await this.client.get(uri, LIMIT_MS).catch((error: Error) => {
      throw undiscoverable(`${uri}: ${error.message}`);
    });
    if (answer.status !== 200) throw undiscoverable(`${uri} answered ${answer.status}`);
    try {
      const metadata = parseStrictJson(answer.body);
      if (typeof metadata === 'object' && metadata !== null) return metadata as Record<string, unknown>;
    } catch {
      // told as what it is below
    }
    throw undiscoverable(`${uri} is no JSON object`);
  }
}

const undiscoverable = (detail: string): Problem => new Problem('transmitter_undiscoverable', detail);
