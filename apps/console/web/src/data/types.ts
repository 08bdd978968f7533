export interface Session {
  readonly id: string;
  readonly sid: string;
  readonly clientId: string;
  readonly application: string | null;
  readonly subject: string;
  readonly email: string | null;
  readonly region: string | null;
  readonly device: string | null;
  readonly deviceName: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly openedAt: string;
  readonly lastActivityAt: string;
  readonly expiresAt: string;
  readonly idleExpiresAt: string | null;
  readonly endedAt: string | null;
  readonly cause: string | null;
  readonly reason: string | null;
  readonly revocationId: string | null;
  readonly version: string;
}

export interface Me {
  readonly tenant: string;
  readonly actor: string;
  /** Of a person who signed in; null: by an API key. */
  readonly name: string | null;
  readonly keyId: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}

export type TargetKind = 'subject' | 'device' | 'session' | 'application' | 'group' | 'tenant';
export interface Target {
  readonly kind: TargetKind;
  readonly id: string;
}

export interface BlastRadius {
  readonly sessions: number;
  readonly subjects: number;
  readonly byApplication: Readonly<Record<string, number>>;
  readonly byGroup: Readonly<Record<string, number>>;
  readonly byRegion: Readonly<Record<string, number>>;
  readonly byDevice: Readonly<Record<string, number>>;
  readonly planToken?: string;
}

export interface Revocation {
  readonly revocationId: string;
  readonly state: 'ending' | 'telling' | 'settled';
  readonly ended: number;
  readonly alreadyEnded: number;
  readonly outcome: Readonly<Record<string, number>> | null;
  readonly target: Target;
  readonly reason: string;
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly deadlineAt: string;
  readonly settledAt: string | null;
}

export interface Attempt {
  readonly finishedAt: string;
  readonly status: number | null;
  readonly outcome: string;
}

export interface Delivery {
  readonly deliveryId: string;
  readonly state: 'planned' | 'accepted' | 'confirmed' | 'rejected' | 'abandoned';
  readonly plannedAt: string;
  readonly deadlineAt: string;
  readonly breachedAt: string | null;
  readonly disputed: boolean;
  readonly attempts: readonly Attempt[];
  readonly detail: string | null;
}

export interface ChainSession {
  readonly id: string;
  readonly sid: string;
  readonly clientId: string;
  readonly subject: string;
  readonly device: string | null;
  readonly endedAt: string | null;
  readonly cause: string | null;
  readonly alreadyEnded: boolean;
  readonly delivery: Delivery | null;
}

export interface Chain extends Omit<Revocation, 'requestedAt' | 'settledAt'> {
  readonly standing: string;
  readonly bar: boolean;
  readonly correlationId: string;
  readonly signalId: string | null;
  readonly signal: Readonly<Record<string, unknown>> | null;
  readonly timeline: {
    readonly requestedAt: string;
    readonly inForceAt: string;
    readonly resolvedAt: string | null;
    readonly settledAt: string | null;
  };
  readonly sessions: readonly ChainSession[];
  readonly nextCursor: string | null;
}
