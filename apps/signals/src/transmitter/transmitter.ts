import { randomBytes } from 'node:crypto';
import { invalidField, type DataOf, type TransmitterUpdatedV1 } from '@curfew/contracts';

/** Only asymmetric ones: whoever can verify by a shared key, or by none, could have said it too. */
export const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'] as const;

/** What of older specifications is taken from a transmitter that can not do better. */
export const TOLERATIONS = [
  /** It pushes without an Authorization header: then the signature alone says who it is. */
  'no-authorization',
  /** The header of its tokens has no `typ`, or `JWT`. */
  'untyped',
  /** The subject stands in the event (`subject`, of RISC also with `subject_type`) and not in `sub_id`. */
  'subject-in-event',
] as const;
export type Toleration = (typeof TOLERATIONS)[number];

export const STREAM_STATUSES = ['enabled', 'paused', 'disabled'] as const;
export type StreamStatus = (typeof STREAM_STATUSES)[number];

/** Somebody who transmits shared signals to us (SSF 1.0), and how what it says is judged. */
export interface Transmitter {
  /** Where it pushes to: `POST /v1/security-events/{transmitterId}`. */
  readonly transmitterId: string;
  readonly name: string;
  /** `iss` of what it says, to the letter. */
  readonly issuer: string;
  /** `aud` is one of these. */
  readonly audience: readonly string[];
  readonly jwksUri: string;
  readonly algorithms: readonly string[];
  readonly tolerates: readonly Toleration[];
  readonly enabled: boolean;
  /** Whether we have credentials there; they are never shown. */
  readonly hasCredentials: boolean;
  /** Our stream there, where we set it up. */
  readonly streamId: string | null;
  /** Where it is asked for what it has to say; null: it pushes. */
  readonly pollUrl: string | null;
  readonly createdAt: Date;
  /** The secret before the last rotation is taken until then. */
  readonly previousSecretUntil: Date | null;
  /** As the transmitter has said last; null: it has said nothing of it. */
  readonly streamStatus: StreamStatus | null;
  readonly streamStatusReason: string | null;
  /** Its last verification event. */
  readonly verifiedAt: Date | null;
}

export const mintTransmitterId = (): string => `ssf_${randomBytes(24).toString('base64url')}`;

/** What it sends as `Authorization: Bearer …`. */
export const mintPushSecret = (): string => randomBytes(32).toString('base64url');

export const pushSecretSealedFor = (tenant: string, transmitterId: string): string =>
  `transmitter secret ${tenant}/${transmitterId}`;

/** As signals name it: no key that calls the API, and no other source, passes for it. */
export const signalSourceOf = ({ name }: Pick<Transmitter, 'name'>): string => `ssf:${name}`;

/** SSF 1.0 §7.2: between the host and the path. Throws `invalid_field`. */
export function metadataUri(issuer: string): string {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw invalidField('issuer', 'must be an absolute address without a query');
  return `${url.origin}/.well-known/ssf-configuration${url.pathname.replace(/\/$/, '')}`;
}

export const factsOf = ({
  transmitterId,
  name,
  issuer,
  audience,
  algorithms,
  tolerates,
  enabled,
}: Transmitter): DataOf<typeof TransmitterUpdatedV1> => ({
  ...{ transmitterId, name, issuer, enabled },
  ...{ audience: [...audience], algorithms: [...algorithms], tolerates: [...tolerates] },
});
