import type { Application } from './application.js';

/** What came back from an application, as far as it was read. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | null;
  /** At most 20 kB of it. */
  readonly body: Buffer;
}

/** Sends a logout token to an application. */
export abstract class ApplicationClient {
  /** Rejects when no answer came within `limitMs`, or none could: the address is forbidden, TLS fails, the peer resets. */
  abstract post(application: Application, logoutToken: string, limitMs: number): Promise<Answer>;

  /** Fetches a key set from where the application publishes it. Rejects like `post`. */
  abstract get(application: Application, uri: string, limitMs: number): Promise<Answer>;

  abstract close(): Promise<void>;
}
