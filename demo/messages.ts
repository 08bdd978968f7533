/** What the demo's applications and whoever started them tell each other over the channel between the two processes. */

/** From the applications: they listen, each at its own origin (`clientId` → `http://127.0.0.1:port`). */
export interface Listening {
  readonly kind: 'listening';
  readonly origins: Readonly<Record<string, string>>;
}

/** To the applications: the API key of each (`clientId` → key), as whoever registers an application hands it over. */
export interface KeysGiven {
  readonly kind: 'keys given';
  readonly keys: Readonly<Record<string, string>>;
  /** Curfew's database is another than last time: what stands in the journals was never told to this one. */
  readonly startOver: boolean;
}

/** From the applications: people may sign in. */
export interface Open {
  readonly kind: 'open';
}

/** To one application, by HTTP. */
export interface SignIn {
  readonly person: string;
  readonly device: { readonly id: string; readonly name: string };
  readonly userAgent: string;
}
