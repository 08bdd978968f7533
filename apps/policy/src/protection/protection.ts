import { unprocessableField } from '@curfew/contracts';
import { canonicalRange } from '../sign-in/address-range.js';

/** So many failures within so long lock for so long. */
export interface LockWindow {
  readonly failures: number;
  readonly withinSeconds: number;
  readonly lockSeconds: number;
}

/** No captcha for who comes from there, until then: a planned mass onboarding (CP-04). */
export interface LiftedRange {
  readonly range: string;
  readonly until: string;
}

/** How a tenant guards sign-in against guessing, beside its policies. */
export interface SignInProtection {
  /** A quick window of minutes and a slow one of hours (LK-01, LK-03), for a person and for an address (LK-02); none is off. */
  readonly lockout: { readonly user: readonly LockWindow[]; readonly ip: readonly LockWindow[] };
  /** From this risk on; null is off. */
  readonly risk: { readonly mfaAt: number | null; readonly blockAt: number | null };
  readonly captcha: {
    /** Failures from one address; null is off. */
    readonly afterFailures: number | null;
    readonly withinSeconds: number;
    /** At each sign-in that asks for a password and nothing more. */
    readonly alwaysForPasswordOnly: boolean;
    /** Where a sign-up has one at once. */
    readonly suspiciousIps: readonly string[];
    readonly liftedFor: readonly LiftedRange[];
  };
}

export interface VersionedProtection {
  readonly version: number;
  readonly protection: SignInProtection;
}

const HOUR = 3_600;

/** An address may be a whole office, so it may fail more often than a person. */
export const INITIAL_PROTECTION: SignInProtection = {
  lockout: {
    user: [
      { failures: 5, withinSeconds: 600, lockSeconds: 900 },
      { failures: 20, withinSeconds: 24 * HOUR, lockSeconds: 24 * HOUR },
    ],
    ip: [
      { failures: 50, withinSeconds: 600, lockSeconds: 900 },
      { failures: 200, withinSeconds: 24 * HOUR, lockSeconds: 24 * HOUR },
    ],
  },
  risk: { mfaAt: 60, blockAt: 90 },
  captcha: {
    ...{ afterFailures: 10, withinSeconds: HOUR, alwaysForPasswordOnly: false },
    ...{ suspiciousIps: [], liftedFor: [] },
  },
};

/** As it was asked for: what is left out is as it is at first. */
export interface ProtectionRequest {
  readonly lockout?: Partial<SignInProtection['lockout']>;
  readonly risk?: Partial<SignInProtection['risk']>;
  readonly captcha?: Partial<SignInProtection['captcha']>;
}

/** Throws `unprocessable_field`. */
export function protectionOf({ lockout, risk, captcha }: ProtectionRequest): SignInProtection {
  const asked = {
    lockout: given(INITIAL_PROTECTION.lockout, lockout),
    risk: given(INITIAL_PROTECTION.risk, risk),
    captcha: given(INITIAL_PROTECTION.captcha, captcha),
  };
  const { mfaAt, blockAt } = asked.risk;
  if (mfaAt !== null && blockAt !== null && mfaAt >= blockAt)
    throw unprocessableField('risk.blockAt', 'must be above mfaAt');
  return {
    ...asked,
    lockout: { user: asked.lockout.user.map(windowOf), ip: asked.lockout.ip.map(windowOf) },
    captcha: {
      ...asked.captcha,
      suspiciousIps: asked.captcha.suspiciousIps.map((text, at) => rangeAsked(text, `captcha.suspiciousIps.${at}`)),
      liftedFor: asked.captcha.liftedFor.map(({ range, until }, at) => ({
        range: rangeAsked(range, `captcha.liftedFor.${at}.range`),
        until: new Date(until).toISOString(),
      })),
    },
  };
}

function given<T extends object>(initial: T, asked: Partial<T> = {}): T {
  const named = Object.entries(asked).filter(([, value]) => value !== undefined);
  return { ...initial, ...Object.fromEntries(named) };
}

/** Nothing but data: as it is read again. */
const windowOf = ({ failures, withinSeconds, lockSeconds }: LockWindow): LockWindow => ({
  failures,
  withinSeconds,
  lockSeconds,
});

function rangeAsked(text: string, field: string): string {
  const range = canonicalRange(text);
  if (range === undefined) throw unprocessableField(field, 'is neither an address nor a CIDR block');
  return range;
}
