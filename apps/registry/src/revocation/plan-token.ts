import { createHmac, timingSafeEqual } from 'node:crypto';
import { Problem } from '@curfew/contracts';
import type { Target } from '../barrier/barrier.js';

/** What a dry run showed, to be handed in with the real run. */
export interface Plan {
  readonly tenant: string;
  readonly target: Target;
  readonly sessions: number;
  readonly expiresAtMs: number;
}

/** The set may have grown by a tenth since it was shown. */
const MARGIN = 1.1;

export function sealPlan(plan: Plan, secret: string): string {
  const body = Buffer.from(
    JSON.stringify([plan.tenant, plan.target.kind, plan.target.id, plan.sessions, plan.expiresAtMs]),
  ).toString('base64url');
  return `${body}.${sign(body, secret)}`;
}

/** Throws `plan_invalid`, or `plan_outdated` when `sessions` is over what was shown by more than the margin. */
export function assertWithinPlan(
  token: string,
  now: { tenant: string; target: Target; sessions: number; nowMs: number },
  secret: string,
): void {
  const plan = open(token, secret);
  if (
    !plan ||
    plan.tenant !== now.tenant ||
    plan.target.kind !== now.target.kind ||
    plan.target.id !== now.target.id ||
    plan.expiresAtMs <= now.nowMs
  ) {
    throw new Problem('plan_invalid');
  }
  if (now.sessions > plan.sessions * MARGIN) {
    throw new Problem('plan_outdated', undefined, { planned: plan.sessions, sessions: now.sessions });
  }
}

function open(token: string, secret: string): Plan | undefined {
  const [body, signature] = token.split('.');
  if (!body || !signature) return undefined;
  const expected = Buffer.from(sign(body, secret));
  const given = Buffer.from(signature);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
  const [tenant, kind, id, sessions, expiresAtMs] = JSON.parse(Buffer.from(body, 'base64url').toString()) as [
    string,
    Target['kind'],
    string,
    number,
    number,
  ];
  return { tenant, target: { kind, id }, sessions, expiresAtMs };
}

const sign = (body: string, secret: string): string => createHmac('sha256', secret).update(body).digest('base64url');
