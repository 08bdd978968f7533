import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import type { PolicyWithRules, SignInPolicy, Status } from './sign-in-policy.js';
import type { SignInRule } from './sign-in-rule.js';

interface Row {
  policy_id: string;
  version: number;
  name: string;
  description: string | null;
  priority: number;
  status: Status;
  subjects: string[];
  groups: string[];
}

interface WithRules extends Row {
  rules: SignInRule[] | null;
}

interface Counts {
  policies: number;
  rules: number;
  names: number;
}

interface Listed extends Row {
  place: string;
  rule_count: number;
}

const COLUMNS = 'policy_id, version, name, description, priority, status, subjects, groups';
const RULES = `(SELECT json_agg(document ORDER BY created_at, rule_id) FROM sign_in_rules r
                WHERE r.tenant = p.tenant AND r.policy_id = p.policy_id)`;

const policyOf = (row: Row): SignInPolicy => ({
  policyId: row.policy_id,
  version: row.version,
  name: row.name,
  description: row.description,
  priority: row.priority,
  status: row.status,
  assignment: { subjects: row.subjects, groups: row.groups },
});

const namesIn = ({ conditions: { groups, subjects, ip = [] } }: SignInRule): number =>
  groups.length + subjects.length + ip.length;

const withRules = (row: WithRules): PolicyWithRules => ({ ...policyOf(row), rules: row.rules ?? [] });

const valuesOf = (tenant: string, policy: SignInPolicy): unknown[] => [
  tenant,
  policy.policyId,
  policy.version,
  policy.name,
  policy.description,
  policy.priority,
  policy.status,
  policy.assignment.subjects,
  policy.assignment.groups,
];

@Injectable()
export class SignInPolicyStore {
  async insert(tx: Tx, policy: SignInPolicy): Promise<void> {
    await tx.sql(
      `INSERT INTO sign_in_policies (tenant, ${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      valuesOf(tx.tenant, policy),
    );
  }

  async update(tx: Tx, policy: SignInPolicy): Promise<void> {
    await tx.sql(
      `UPDATE sign_in_policies SET version = $3, name = $4, description = $5, priority = $6, status = $7, subjects = $8, groups = $9
       WHERE tenant = $1 AND policy_id = $2`,
      valuesOf(tx.tenant, policy),
    );
  }

  /** With its rules. */
  async remove(tx: Tx, policyId: string): Promise<void> {
    await tx.sql('DELETE FROM sign_in_rules WHERE tenant = $1 AND policy_id = $2', [tx.tenant, policyId]);
    await tx.sql('DELETE FROM sign_in_policies WHERE tenant = $1 AND policy_id = $2', [tx.tenant, policyId]);
  }

  async get(tx: Tx, policyId: string): Promise<PolicyWithRules | undefined> {
    const [row] = await tx.sql<WithRules>(
      `SELECT ${COLUMNS}, ${RULES} AS rules FROM sign_in_policies p WHERE tenant = $1 AND policy_id = $2`,
      [tx.tenant, policyId],
    );
    return row && withRules(row);
  }

  /** In the order they are asked. */
  async list(
    tx: Tx,
    after: string,
    limit: number,
  ): Promise<{ policy: SignInPolicy; ruleCount: number; place: string }[]> {
    const rows = await tx.sql<Listed>(
      `SELECT ${COLUMNS}, place, (SELECT count(*)::integer FROM sign_in_rules r WHERE r.tenant = p.tenant AND r.policy_id = p.policy_id) AS rule_count
       FROM sign_in_policies p WHERE tenant = $1 AND place > $2 ORDER BY place LIMIT $3`,
      [tx.tenant, after, limit],
    );
    return rows.map((row) => ({ policy: policyOf(row), ruleCount: row.rule_count, place: row.place }));
  }

  /** All of them, of one moment. */
  async all(tx: Tx): Promise<PolicyWithRules[]> {
    const rows = await tx.sql<WithRules>(
      `SELECT ${COLUMNS}, ${RULES} AS rules FROM sign_in_policies p WHERE tenant = $1`,
      [tx.tenant],
    );
    return rows.map(withRules);
  }

  /** `names`: the people, groups and addresses that policies and rules name. */
  async counts(tx: Tx): Promise<Counts> {
    const [row] = await tx.sql<Counts>(
      `SELECT p.policies, r.rules, (p.names + r.names)::integer AS names
       FROM (SELECT count(*)::integer AS policies, coalesce(sum(cardinality(subjects) + cardinality(groups)), 0) AS names
             FROM sign_in_policies WHERE tenant = $1) p,
            (SELECT count(*)::integer AS rules, coalesce(sum(names), 0) AS names FROM sign_in_rules WHERE tenant = $1) r`,
      [tx.tenant],
    );
    return row!;
  }

  /** One that is there keeps its place among those of its priority; one that was there comes back to it. */
  async saveRule(tx: Tx, policyId: string, rule: SignInRule): Promise<void> {
    await tx.sql(
      `WITH place AS (
         INSERT INTO sign_in_rule_places AS p (tenant, policy_id, rule_id, made_at)
         SELECT $1::text, $2::text, $3::text, coalesce(
           (SELECT created_at FROM sign_in_rules WHERE tenant = $1 AND policy_id = $2 AND rule_id = $3), clock_timestamp())
         ON CONFLICT (tenant, policy_id, rule_id) DO UPDATE SET made_at = p.made_at RETURNING made_at)
       INSERT INTO sign_in_rules (tenant, policy_id, rule_id, profile, mfa, names, document, created_at)
       SELECT $1, $2, $3, $4::text, $5::text, $6::integer, $7::json, made_at FROM place
       ON CONFLICT (tenant, policy_id, rule_id) DO UPDATE SET
         profile = excluded.profile, mfa = excluded.mfa, names = excluded.names, document = excluded.document`,
      [tx.tenant, policyId, rule.ruleId, rule.profile, rule.mfa, namesIn(rule), JSON.stringify(rule)],
    );
  }

  async removeRule(tx: Tx, policyId: string, ruleId: string): Promise<void> {
    await tx.sql('DELETE FROM sign_in_rules WHERE tenant = $1 AND policy_id = $2 AND rule_id = $3', [
      tx.tenant,
      policyId,
      ruleId,
    ]);
  }

  /** Whoever holds them in memory reads them again. */
  async countChange(tx: Tx): Promise<void> {
    await tx.sql(
      `INSERT INTO sign_in_revisions AS r (tenant, revision) VALUES ($1, 1)
       ON CONFLICT (tenant) DO UPDATE SET revision = r.revision + 1`,
      [tx.tenant],
    );
  }
}
