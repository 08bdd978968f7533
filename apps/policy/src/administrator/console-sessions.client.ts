import type { LoggedOut } from './identity-provider.client.js';

/** The console as the application it is: its key, which reaches the sessions of it alone. */
export interface ConsoleApplication {
  readonly tenant: string;
  readonly clientId: string;
  readonly key: string;
}

export interface ConsoleSession {
  readonly id: string;
  readonly sid: string;
  readonly ends: Ending;
}

/** When it ends unless somebody does something, and which limit that is. */
export interface Ending {
  readonly at: Date;
  readonly by: 'idle' | 'absolute';
}

/** Curfew would not open it: its problem code says why. */
export class SessionRefused extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/** Sessions of the console at the registry, and what Curfew says when it ends one: it is treated as any application. */
export abstract class ConsoleSessions {
  /** With the `sid` of one that is open: its person has authenticated again. Throws `SessionRefused`. */
  abstract open(
    application: ConsoleApplication,
    session: { subject: string; authenticatedAt: Date; ip: string | null; userAgent: string | null; sid?: string },
  ): Promise<ConsoleSession>;

  /** Somebody did something. Undefined: it has ended. */
  abstract touch(application: ConsoleApplication, sessionId: string): Promise<Ending | undefined>;

  abstract end(application: ConsoleApplication, sessionId: string): Promise<void>;

  /** Throws `NotSignedIn` for what is no logout token of this tenant's issuer for the console. */
  abstract readLogoutToken(application: ConsoleApplication, token: string): Promise<LoggedOut>;
}
