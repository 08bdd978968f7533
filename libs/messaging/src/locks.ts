import { createHash } from 'node:crypto';

export interface AdvisoryLock {
  readonly name: string;
  readonly mode: 'shared' | 'exclusive';
}

export const shared = (kind: string, tenant: string, id = ''): AdvisoryLock => ({
  name: `${kind}\u0000${tenant}\u0000${id}`,
  mode: 'shared',
});

export const exclusive = (kind: string, tenant: string, id = ''): AdvisoryLock => ({
  ...shared(kind, tenant, id),
  mode: 'exclusive',
});

/** The 64-bit key PostgreSQL knows a lock by; two names that share one only wait for each other needlessly. */
const keyOf = (name: string): bigint => createHash('sha256').update(name).digest().readBigInt64BE(0);

/** One statement a lock: a statement's snapshot is older than the lock it takes, so what follows must be another. */
export const lockStatement = ({ name, mode }: AdvisoryLock): string =>
  `SELECT pg_advisory_xact_lock${mode === 'shared' ? '_shared' : ''}(${keyOf(name)})`;
