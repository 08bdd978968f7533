import { invalidField } from '@curfew/contracts';

/** How we say who we are at a transmitter: by a token it gave us, or as a client of its OAuth server. */
export type Credentials =
  | { readonly token: string }
  | {
      readonly clientId: string;
      readonly clientSecret: string;
      readonly tokenEndpoint: string;
      readonly scope?: string;
    };

export interface GivenCredentials {
  readonly token?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly tokenEndpoint?: string;
  readonly scope?: string;
}

export const credentialsSealedFor = (tenant: string, transmitterId: string): string =>
  `transmitter credentials ${tenant}/${transmitterId}`;

/** Throws `invalid_field` for what is neither of the two. */
export function credentialsOf({ token, clientId, clientSecret, tokenEndpoint, scope }: GivenCredentials): Credentials {
  const client = [clientId, clientSecret, tokenEndpoint];
  if (token !== undefined && client.every((one) => one === undefined)) return { token };
  if (token !== undefined || clientId === undefined || clientSecret === undefined || tokenEndpoint === undefined)
    throw invalidField('credentials', 'must hold a token, or clientId, clientSecret and tokenEndpoint');
  return { clientId, clientSecret, tokenEndpoint, ...(scope === undefined ? {} : { scope }) };
}
