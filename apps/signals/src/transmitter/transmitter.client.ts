/** What a transmitter answered, as far as it was read. */
export interface Answer {
  readonly status: number;
  /** Its body. Throws `transmitter_refused` where that is no JSON object. */
  json(): unknown;
}

export interface Ask {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly limitMs: number;
  /** Gives it up before. */
  readonly signal?: AbortSignal;
}

/** Talks to a transmitter, and to the OAuth server it trusts. */
export abstract class TransmitterClient {
  /** Rejects when no answer came within `limitMs`, or none could: the address is forbidden, TLS fails, the peer resets. */
  abstract send(uri: string, ask: Ask): Promise<Answer>;
}
