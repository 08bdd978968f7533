import { randomBytes } from 'node:crypto';

/** It sends webhooks, or it is asked of its own accord. */
export const SOURCE_KINDS = ['webhook', 'poll'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** Somebody who may send webhooks here or is asked, and how what they say is read. */
export interface Source {
  /** Where it sends to: `POST /v1/hooks/{sourceId}`. Nobody guesses it; still, only the signature counts. */
  readonly sourceId: string;
  readonly name: string;
  readonly kind: SourceKind;
  readonly mapping: string;
  /** By Standard Webhooks, or as the mapping says its system does. */
  readonly signing: Signing;
  /** Where its API is, of one that is asked. */
  readonly apiUrl: string | null;
  readonly enabled: boolean;
  readonly createdAt: Date;
  /** The secret before the last rotation is taken until then. */
  readonly previousSecretUntil: Date | null;
}

export const SIGNINGS = ['standard', 'vendor'] as const;
export type Signing = (typeof SIGNINGS)[number];

/** Standard Webhooks: 24 to 64 random bytes, serialised with this prefix. */
const SECRET_BYTES = 32;
const SECRET_PREFIX = 'whsec_';

export const mintSourceId = (): string => `src_${randomBytes(24).toString('base64url')}`;

export const mintSecret = (): string => `${SECRET_PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;

export const keyOf = (secret: string): Buffer => Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');

/** A secret can't be moved to another source: what it is sealed for is part of the seal. */
export const sealedFor = (tenant: string, sourceId: string): string => `webhook secret ${tenant}/${sourceId}`;

export const apiSealedFor = (tenant: string, sourceId: string): string => `source credentials ${tenant}/${sourceId}`;

/** As signals name it: no key that calls the API, and nobody at Kafka, passes for it. */
export const signalSourceOf = ({ kind, name }: Pick<Source, 'kind' | 'name'>): string =>
  `${kind === 'poll' ? 'poll' : 'hook'}:${name}`;
