/** Of a table whose rows have a secret, sealed, that is changed with an overlap: both are taken until that is over. */
export interface SecretRow {
  readonly secret_sealed: string;
  readonly previous_sealed: string | null;
  readonly previous_until: Date | null;
}

/** What has run out is not there. */
export const SECRET_COLUMNS = `secret_sealed,
  CASE WHEN previous_until > curfew_now() THEN previous_sealed END AS previous_sealed,
  CASE WHEN previous_until > curfew_now() THEN previous_until END AS previous_until`;

/** For an update, to the sealed secret `$3` with `$4` seconds of overlap. The one in force becomes the one before; a still older one is forgotten. */
export const ROTATED = `previous_sealed = secret_sealed, secret_sealed = $3,
  previous_until = curfew_now() + make_interval(secs => $4)`;

/** Sealed, those that are taken. */
export const secretsOf = ({ secret_sealed, previous_sealed }: SecretRow): string[] => [
  secret_sealed,
  ...(previous_sealed === null ? [] : [previous_sealed]),
];
