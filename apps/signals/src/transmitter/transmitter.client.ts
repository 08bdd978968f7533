/** What a transmitter answered, as far as it was read. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** Asks a transmitter: for what it says of itself, and for its keys. */
export abstract class TransmitterClient {
  /** Rejects when no answer came within `limitMs`, or none could: the address is forbidden, TLS fails, the peer resets. */
  abstract get(uri: string, limitMs: number): Promise<Answer>;
}
