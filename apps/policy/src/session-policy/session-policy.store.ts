import { INITIAL_POLICY, type DefaultPolicy, type PolicyOverride } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import {
  organisationPolicy,
  policyCalled,
  policyName,
  TENANT,
  type LayerRef,
  type PolicyChange,
} from '@curfew/policy-rules';
import { Injectable } from '@nestjs/common';

/** The default policy, or an override; null: none. */
export type PolicyDocument = DefaultPolicy | PolicyOverride | null;

export interface VersionedPolicy<D extends PolicyDocument = PolicyDocument> {
  readonly version: number;
  readonly document: D;
}

export interface SavedVersion extends VersionedPolicy {
  readonly policy: string;
  readonly changes: readonly PolicyChange[];
  readonly reason: string | null;
  readonly actor: string;
  readonly savedAt: Date;
  readonly seq: number;
}

interface Row {
  policy: string;
  version: number;
  document: PolicyDocument;
  changes: PolicyChange[];
  reason: string | null;
  actor: string;
  saved_at: Date;
  seq: string;
}

const COLUMNS = 'policy, version, document, changes, reason, actor, saved_at, seq';

/** A default policy with every field there is, also those that it was saved without. */
export const completed = (policy: DefaultPolicy): DefaultPolicy => ({
  ...organisationPolicy(policy, null),
  applications: policy.applications,
});

/** What a request says: a field that is left out is no field. */
export const said = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

const versionOf = (row: Row): SavedVersion => ({
  policy: row.policy,
  version: row.version,
  document: documentOf(row.policy, row.document),
  changes: row.changes,
  reason: row.reason,
  actor: row.actor,
  savedAt: row.saved_at,
  seq: Number(row.seq),
});

const documentOf = (policy: string, document: PolicyDocument): PolicyDocument =>
  policy === policyName(TENANT) ? completed(document as DefaultPolicy) : document;

@Injectable()
export class SessionPolicyStore {
  /** The one in force: version 0 is the initial default, or no override. */
  async current(tx: Tx, ref: LayerRef): Promise<VersionedPolicy> {
    const [row] = await tx.sql<Row>(
      `SELECT ${COLUMNS} FROM policy_versions WHERE tenant = $1 AND policy = $2 ORDER BY version DESC LIMIT 1`,
      [tx.tenant, policyName(ref)],
    );
    return row ? versionOf(row) : { version: 0, document: ref.layer === 'tenant' ? completed(INITIAL_POLICY) : null };
  }

  async default(tx: Tx): Promise<VersionedPolicy<DefaultPolicy>> {
    return (await this.current(tx, TENANT)) as VersionedPolicy<DefaultPolicy>;
  }

  async at(tx: Tx, ref: LayerRef, version: number): Promise<VersionedPolicy | undefined> {
    if (version === 0 && ref.layer === 'tenant') return { version, document: completed(INITIAL_POLICY) };
    const [row] = await tx.sql<Row>(
      `SELECT ${COLUMNS} FROM policy_versions WHERE tenant = $1 AND policy = $2 AND version = $3`,
      [tx.tenant, policyName(ref), version],
    );
    return row && versionOf(row);
  }

  /** In force, by name. */
  async overrides(
    tx: Tx,
    after: string,
    limit: number,
  ): Promise<(LayerRef & { readonly policy: string; readonly version: number; readonly override: PolicyOverride })[]> {
    const rows = await tx.sql<{ policy: string; version: number; document: PolicyOverride }>(
      `SELECT policy, version, document FROM (
         SELECT DISTINCT ON (policy) policy, version, document FROM policy_versions
         WHERE tenant = $1 AND policy <> 'default' AND policy > $2 ORDER BY policy, version DESC) latest
       WHERE document IS NOT NULL ORDER BY policy LIMIT $3`,
      [tx.tenant, after, limit],
    );
    return rows.map(({ policy, version, document }) => ({
      ...policyCalled(policy)!,
      policy,
      version,
      override: document,
    }));
  }

  /** Newest first; of one policy, or of all. */
  async history(
    tx: Tx,
    policy: string | undefined,
    before: number | undefined,
    limit: number,
  ): Promise<SavedVersion[]> {
    const rows = await tx.sql<Row>(
      `SELECT ${COLUMNS} FROM policy_versions
       WHERE tenant = $1 AND ($2::text IS NULL OR policy = $2) AND ($3::bigint IS NULL OR seq < $3)
       ORDER BY seq DESC LIMIT $4`,
      [tx.tenant, policy ?? null, before ?? null, limit],
    );
    return rows.map(versionOf);
  }

  async save(tx: Tx, saved: Omit<SavedVersion, 'savedAt' | 'seq'>): Promise<void> {
    await tx.sql(
      `INSERT INTO policy_versions (tenant, policy, version, document, changes, reason, actor)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        tx.tenant,
        saved.policy,
        saved.version,
        saved.document === null ? null : JSON.stringify(saved.document),
        JSON.stringify(saved.changes),
        saved.reason,
        saved.actor,
      ],
    );
  }

  async markApplied(tx: Tx, policy: string, version: number): Promise<void> {
    await tx.sql(
      `INSERT INTO policies_applied AS a (tenant, policy, version) VALUES ($1, $2, $3)
       ON CONFLICT (tenant, policy) DO UPDATE SET version = greatest(a.version, excluded.version)`,
      [tx.tenant, policy, version],
    );
  }

  /** Whether the registry has said that it judges by this version or a later one. */
  async isApplied(tx: Tx, policy: string, version: number): Promise<boolean> {
    const rows = await tx.sql('SELECT 1 FROM policies_applied WHERE tenant = $1 AND policy = $2 AND version >= $3', [
      tx.tenant,
      policy,
      version,
    ]);
    return rows.length > 0;
  }
}
