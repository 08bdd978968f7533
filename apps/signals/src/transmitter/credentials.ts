import { invalidField } from '@curfew/contracts';
import { seal } from '@curfew/keys';
import type { CheckDestination } from '@curfew/runtime';

/** How we say who we are where we ask: by a token we were given, by a password, or as a client of an OAuth server. */
export type Credentials =
  | { readonly token: string }
  | { readonly user: string; readonly password: string }
  | {
      readonly clientId: string;
      readonly clientSecret: string;
      readonly tokenEndpoint: string;
      readonly scope?: string;
    };

export type OAuthClient = Extract<Credentials, { clientId: string }>;

export interface GivenCredentials {
  readonly token?: string;
  readonly user?: string;
  readonly password?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly tokenEndpoint?: string;
  readonly scope?: string;
}

export const credentialsSealedFor = (tenant: string, transmitterId: string): string =>
  `transmitter credentials ${tenant}/${transmitterId}`;

/** Throws `invalid_field` for what is none of the three, or more than one. */
export function credentialsOf(given: GivenCredentials): Credentials {
  const { token, user, password, clientId, clientSecret, tokenEndpoint, scope } = given;
  const wrong = () =>
    invalidField('credentials', 'must hold a token, or user and password, or clientId, clientSecret and tokenEndpoint');
  const parts = [
    token !== undefined,
    (user ?? password) !== undefined,
    (clientId ?? clientSecret ?? tokenEndpoint) !== undefined,
  ];
  if (parts.filter(Boolean).length !== 1) throw wrong();
  if (token !== undefined) return { token };
  if (user !== undefined && password !== undefined) return { user, password };
  if (clientId === undefined || clientSecret === undefined || tokenEndpoint === undefined) throw wrong();
  return { clientId, clientSecret, tokenEndpoint, ...(scope === undefined ? {} : { scope }) };
}

/** Throws what `credentialsOf` and `CheckDestination` do. */
export async function assertUsable(
  destinations: CheckDestination,
  field: string,
  given: GivenCredentials | undefined,
): Promise<void> {
  const known = given && credentialsOf(given);
  if (known && 'tokenEndpoint' in known)
    await destinations.assertAllowed(`${field}.tokenEndpoint`, known.tokenEndpoint);
}

export const sealCredentials = (masterKey: Buffer, sealedFor: string, given: GivenCredentials): string =>
  seal(masterKey, sealedFor, JSON.stringify(credentialsOf(given)));
