const REMOVED = '[removed]';

/** Names of members that hold what nobody should read later. */
const SECRET =
  /passw|passphrase|secret|token|credential|authori[sz]ation|api-?_?key|private-?_?key|signature|assertion|cookie|^pin$|^otp$|ssn|social-?_?security|bank|iban|account-?_?number/i;

/** What looks like a bearer token or a key, whatever it is called. */
const TOKEN = /^(Bearer |Basic |eyJ[\w-]+\.|whsec_|sk_|-----BEGIN )/;

/** A payload as it may be kept and shown: what is secret in it, and nothing else, is gone. */
export function withoutSecrets(payload: unknown): unknown {
  if (typeof payload === 'string') return TOKEN.test(payload) ? REMOVED : payload;
  if (Array.isArray(payload)) return payload.map(withoutSecrets);
  if (typeof payload !== 'object' || payload === null) return payload;
  return Object.fromEntries(
    Object.entries(payload).map(([name, value]) => [
      name,
      SECRET.test(name) && value !== null ? REMOVED : withoutSecrets(value),
    ]),
  );
}
