// The policy service's HTTP API, as far as the command line needs it.

/** What a person is told, without a stack. */
export class Failed extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

const SIGN_IN = 'sign-in:';
/** As long as an answer is held for what happens to live sessions. */
const WAIT_S = 10;

export class PolicyApi {
  #url;
  #key;

  constructor(url, key) {
    if (!key) throw new Failed('CURFEW_KEY is not set: it holds the API key that is used');
    this.#url = url.replace(/\/+$/, '');
    this.#key = key;
  }

  async get() {
    const { body, etag } = await this.#ask('GET', '/v1/policies/document');
    return { document: body, etag };
  }

  async put(document, { dryRun, apply, ifMatch }) {
    const query = new URLSearchParams({ ...(dryRun ? { dryRun } : {}), ...(apply ? { apply } : {}) });
    const headers = { prefer: `wait=${WAIT_S}`, ...(ifMatch ? { 'if-match': ifMatch } : {}) };
    const { body, etag } = await this.#ask('PUT', `/v1/policies/document?${query}`, document, headers);
    return { ...body, etag };
  }

  async revert(name, version, reason) {
    const isSignIn = name.startsWith(SIGN_IN);
    const policy = isSignIn ? name.slice(SIGN_IN.length) : name;
    const path = isSignIn ? '/v1/sign-in-policies/revert' : '/v1/policies/revert';
    return (await this.#ask('POST', path, { policy, version, reason })).body;
  }

  async #ask(method, path, body, headers = {}) {
    let response;
    try {
      response = await fetch(this.#url + path, {
        method,
        headers: {
          authorization: `Bearer ${this.#key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new Failed(`${this.#url}: ${error.cause?.message || error.message}`);
    }
    const text = await response.text();
    if (!response.ok) throw new Failed(refusalOf(text, response), response.status);
    return { body: JSON.parse(text), etag: response.headers.get('etag') };
  }
}

/** A problem document (RFC 9457) in words: what is wrong, and where. */
function refusalOf(text, { status }) {
  try {
    const { title, detail, code, errors = [] } = JSON.parse(text);
    const fields = errors.map(({ field, message }) => `\n  ${field}: ${message}`);
    return `${title} (${code})${fields.length > 0 ? fields.join('') : detail ? `\n  ${detail}` : ''}`;
  } catch {
    return `the answer is ${status} and no problem document: is CURFEW_URL right?`;
  }
}
