import type { Claims } from './sign-in-settings.js';

/** A tenant's own OpenID Provider, as the console's client there sees it. */
export interface Provider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What one sign-in must bring back; nobody but who began it can. */
export interface Checks {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Whoever signed in longer ago has to do it again. */
  readonly maxAge: number | null;
}

export interface Identity {
  readonly sub: string;
  /** The provider's own session, which its logout tokens name. */
  readonly sid: string | null;
  readonly claims: Claims;
  readonly authenticatedAt: Date;
  readonly acr: string | null;
  readonly idToken: string;
}

export interface LoggedOut {
  readonly sub: string | null;
  readonly sid: string | null;
}

/** It answered, and what it said is no sign-in: refused there, or forged. */
export class NotSignedIn extends Error {}

export abstract class IdentityProvider {
  /** Throws what the network throws, and `destination_forbidden`. */
  abstract begin(
    provider: Provider,
    request: { redirectUri: string; scope: string; maxAge: number | null; acr: string | null },
  ): Promise<{ url: string; checks: Checks }>;

  /** `callback`: the address the browser came back to. `wanted`: a claim it must have, if need be from userinfo. Throws `NotSignedIn`. */
  abstract finish(provider: Provider, checks: Checks, callback: URL, wanted: string): Promise<Identity>;

  /** Where the browser signs out of the provider as well; undefined when it has no such place. */
  abstract signOutUrl(provider: Provider, idToken: string, backTo: string): Promise<string | undefined>;

  /** Throws `NotSignedIn` for what is no logout token of this provider for this client. */
  abstract readLogoutToken(provider: Provider, token: string): Promise<LoggedOut>;
}
