/** Why there was no answer, in words that stay: what Node and OpenSSL say changes with their versions. */
const REASONS: Readonly<Record<string, readonly string[]>> = {
  tls_certificate_expired: ['CERT_HAS_EXPIRED'],
  tls_certificate_not_yet_valid: ['CERT_NOT_YET_VALID'],
  tls_certificate_revoked: ['CERT_REVOKED'],
  tls_certificate_untrusted: [
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'CERT_UNTRUSTED',
    'CERT_SIGNATURE_FAILURE',
  ],
  tls_wrong_host: ['ERR_TLS_CERT_ALTNAME_INVALID'],
};
const REASON_OF = new Map(Object.entries(REASONS).flatMap(([reason, codes]) => codes.map((code) => [code, reason])));

/** The address was reached by nobody, or the handshake stalled. */
export class NotConnected extends Error {
  readonly code: string;

  constructor(protocol: string) {
    const secure = protocol === 'https:';
    super(`no ${secure ? 'TLS ' : ''}connection was made in time`);
    this.code = secure ? 'tls_handshake_timeout' : 'connect_timeout';
  }
}

/** `reason: what was said`. */
export function faultOf(error: unknown): string {
  const { code, message, reason } = error as { code?: string; message?: string; reason?: string };
  const known = code === undefined ? undefined : REASON_OF.get(code);
  if (known !== undefined) return `${known}: ${message}`;
  // OpenSSL's message is full of addresses in memory and lines of its source.
  if (code !== undefined && /^(ERR_SSL_|EPROTO$)/.test(code)) return `tls_failed: ${reason ?? code}`;
  return [code, message].filter(Boolean).join(': ');
}
