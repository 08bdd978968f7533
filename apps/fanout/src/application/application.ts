import type { SigningAlgorithm } from '@curfew/keys';
import type { JSONWebKeySet } from 'jose';

export interface TlsSettings {
  /** PEM of the authority that signed the application's certificate, where the public ones did not. */
  readonly ca?: string;
  /** PEM of the certificate and key Curfew shows (mutual TLS). */
  readonly cert?: string;
  readonly key?: string;
}

/** A registered relying party. */
export interface Application {
  readonly tenant: string;
  readonly clientId: string;
  readonly name: string;
  readonly backchannelLogoutUri: string | null;
  readonly logoutTokenAlg: SigningAlgorithm;
  readonly logoutTokenFor: 'session' | 'subject';
  readonly clockSkewSeconds: number;
  readonly deadlineSeconds: number;
  readonly jwks: JSONWebKeySet | null;
  readonly jwksUri: string | null;
  readonly tls: TlsSettings | null;
  readonly version: number;
  readonly removed: boolean;
}
