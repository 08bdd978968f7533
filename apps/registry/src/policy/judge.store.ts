import type { EndCause, PolicyLayer } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import type { LayerRef } from '@curfew/policy-rules';
import { Injectable } from '@nestjs/common';
import type { Standing } from './layers.js';

/** A live session that a policy is to judge. */
export interface JudgedSession extends Standing {
  readonly sessionId: string;
}

/** What the policy that holds for each session says; in the order of the sessions. */
export interface Limits {
  readonly absoluteSeconds: number;
  readonly idleSeconds: number | null;
  readonly reauthSeconds: number | null;
}

export interface Order {
  readonly fields: readonly string[];
  readonly mode: 'tighten' | 'set';
}

export type TimeoutCause = Extract<EndCause, 'idle_timeout' | 'absolute_timeout'>;
export type Verdict = TimeoutCause | 'marked' | 'changed';

interface Row {
  session_id: string;
  subject_id: string;
  client_id: string;
  region: string | null;
  clearance: string | null;
  data_class: string | null;
  groups: string[];
}

/** The sessions a policy is for: whose layer and id `$2` is. */
const SCOPE: Readonly<Record<PolicyLayer, string>> = {
  tenant: '$2::text IS NOT NULL',
  region: attribute('region'),
  clearance: attribute('clearance'),
  dataClass: attribute('dataClass'),
  group: 's.subject_id IN (SELECT g.subject_id FROM subject_groups g WHERE g.tenant = $1 AND g.group_id = $2)',
  application: 's.client_id = $2',
  subject: 's.subject_id = $2',
};

function attribute(name: string): string {
  return `s.subject_id IN (SELECT p.subject_id FROM subjects p WHERE p.tenant = $1 AND p.attributes ->> '${name}' = $2)`;
}

const FACTS = `
  SELECT s.session_id, s.subject_id, s.client_id, p.attributes ->> 'region' AS region, p.attributes ->> 'clearance' AS clearance,
    p.attributes ->> 'dataClass' AS data_class,
    ARRAY(SELECT g.group_id FROM subject_groups g WHERE g.tenant = $1 AND g.subject_id = s.subject_id) AS groups
  FROM sessions s JOIN subjects p ON p.tenant = $1 AND p.subject_id = s.subject_id
  WHERE s.tenant = $1 AND s.ended_at IS NULL`;

/** Of session `s` under the limits `g`. `least` passes over nulls: no limit is longer than any. */
const ABSOLUTE_AT = `
  CASE WHEN 'absoluteSeconds' = ANY($6::text[])
    THEN least(CASE WHEN $7 THEN s.absolute_expires_at END, s.opened_at + make_interval(secs => g.absolute_seconds))
    ELSE s.absolute_expires_at END`;
const IDLE_SECONDS = `
  CASE WHEN 'idleSeconds' = ANY($6::text[])
    THEN least(CASE WHEN $7 THEN s.idle_seconds END, g.idle_seconds) ELSE s.idle_seconds END`;
const REAUTH_AT = `
  CASE WHEN 'reauthSeconds' = ANY($6::text[])
    THEN least(CASE WHEN $7 THEN s.reauth_at END, s.authenticated_at + make_interval(secs => g.reauth_seconds))
    ELSE s.reauth_at END`;
const DUE_AT = `least(${ABSOLUTE_AT}, s.last_activity_at + make_interval(secs => ${IDLE_SECONDS}))`;

const GIVEN = `(
  SELECT * FROM unnest($2::uuid[], $3::int[], $4::int[], $5::int[]) AS given (session_id, absolute_seconds, idle_seconds, reauth_seconds)) g`;

/**
 * Where each session's deadlines come to be, and what that means now. One text for those who try and those who enforce.
 * What was due before is left to whoever ends the expired.
 */
const JUDGED = `
  aimed AS (
    SELECT s.session_id, s.expires_at AS due_was, s.absolute_expires_at AS absolute_was,
      s.idle_seconds AS idle_was, s.reauth_at AS reauth_was,
      ${ABSOLUTE_AT} AS absolute_at, ${IDLE_SECONDS} AS idle_seconds, ${REAUTH_AT} AS reauth_at, ${DUE_AT} AS due_at
    FROM ${GIVEN} JOIN sessions s ON s.tenant = $1 AND s.session_id = g.session_id
    WHERE s.ended_at IS NULL),
  due AS (
    SELECT *, (SELECT curfew_now()) AS now FROM aimed),
  judged AS (
    SELECT *, CASE
      WHEN due_was <= now THEN 'over'
      WHEN due_at <= now THEN CASE WHEN due_at < absolute_at THEN 'idle_timeout' ELSE 'absolute_timeout' END
      WHEN reauth_at <= now AND (reauth_was IS NULL OR reauth_was > now) THEN 'marked'
      WHEN (absolute_at, idle_seconds, reauth_at) IS DISTINCT FROM (absolute_was, idle_was, reauth_was) THEN 'changed'
      ELSE 'same' END AS verdict
    FROM due)`;

/** Of each holder's sign-ins, or sessions at an application, those older than the newest that the cap leaves. */
const overCap = (holder: string, unit: string): string => `
  SELECT session_id FROM (
    SELECT session_id, cap, dense_rank() OVER (PARTITION BY ${holder} ORDER BY first_opened_at DESC, unit DESC) AS place FROM (
      SELECT s.session_id, s.subject_id, s.client_id, c.cap, unit.unit,
        min(s.opened_at) OVER (PARTITION BY ${holder.replace(/\w+/g, 's.$&')}, unit.unit) AS first_opened_at
      FROM sessions s CROSS JOIN LATERAL (SELECT (${unit}) COLLATE "C" AS unit) unit
      JOIN unnest($2::text[], $3::text[], $4::int[]) AS c (subject_id, client_id, cap)
        ON c.subject_id = s.subject_id AND (c.client_id IS NULL OR c.client_id = s.client_id)
      WHERE s.tenant = $1 AND s.ended_at IS NULL AND s.subject_id = ANY($2::text[]) AND NOT s.session_id = ANY($5::uuid[])) held) placed
  WHERE place > cap`;

const OVER_CAP = {
  person: overCap(
    'subject_id',
    `coalesce('device:' || s.device_id, 'sign-in:' || s.sign_in_id, 'session:' || s.session_id)`,
  ),
  application: overCap('subject_id, client_id', 's.session_id::text'),
};

export interface CapOf {
  readonly subjectId: string;
  /** Null: of the person. */
  readonly clientId: string | null;
  readonly cap: number;
}

/** A few hundred among any number: the planner would read all that are live to hash them, for each batch anew. */
const ONE_BY_ONE =
  'SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL plan_cache_mode = force_custom_plan';

@Injectable()
export class JudgeStore {
  /** For this transaction sessions are looked up one by one in their index. */
  lookUpOneByOne(tx: Tx): void {
    tx.send(ONE_BY_ONE);
  }

  /** People with live sessions that a policy is for, opened under a lower epoch than `before`; in order, after one of them. */
  async subjects(tx: Tx, { layer, id }: LayerRef, before: bigint, after: string, limit: number): Promise<string[]> {
    const rows = await tx.sql<{ subject_id: string }>(
      `SELECT DISTINCT s.subject_id FROM sessions s
       WHERE s.tenant = $1 AND s.ended_at IS NULL AND ${SCOPE[layer]} AND s.epoch < $3::bigint AND s.subject_id > $4
       ORDER BY s.subject_id LIMIT $5`,
      [tx.tenant, id, before.toString(), after, limit],
    );
    return rows.map((row) => row.subject_id);
  }

  /**
   * Theirs that the policy is for, locked in the order of their ids. Whose they are is read after that: whoever moves a
   * person has done so, or judges these sessions when we are done.
   */
  async lock(tx: Tx, { layer, id }: LayerRef, before: bigint, subjects: readonly string[]): Promise<JudgedSession[]> {
    const rows = await tx.sql<{ session_id: string }>(
      `SELECT s.session_id FROM sessions s
       WHERE s.tenant = $1 AND s.ended_at IS NULL AND s.subject_id = ANY($4) AND ${SCOPE[layer]} AND s.epoch < $3::bigint
       ORDER BY s.session_id FOR UPDATE`,
      [tx.tenant, id, before.toString(), subjects],
    );
    return this.facts(tx, 's.session_id = ANY($2::uuid[])', [rows.map((row) => row.session_id)]);
  }

  /** All that the policy is for, as of now. */
  concerned(tx: Tx, { layer, id }: LayerRef): Promise<JudgedSession[]> {
    return this.facts(tx, SCOPE[layer], [id]);
  }

  async judge(
    tx: Tx,
    sessions: readonly JudgedSession[],
    limits: readonly Limits[],
    order: Order,
  ): Promise<ReadonlyMap<Verdict, readonly string[]>> {
    const rows = await tx.sql<{ verdict: Verdict; ids: string[] }>(
      `WITH ${JUDGED} SELECT verdict, array_agg(session_id ORDER BY session_id) AS ids FROM judged
       WHERE verdict NOT IN ('over', 'same') GROUP BY verdict`,
      [tx.tenant, ...parameters(sessions, limits, order)],
    );
    return new Map(rows.map(({ verdict, ids }) => [verdict, ids]));
  }

  async setDeadlines(
    tx: Tx,
    sessions: readonly JudgedSession[],
    limits: readonly Limits[],
    order: Order,
  ): Promise<void> {
    await tx.sql(
      `UPDATE sessions s SET absolute_expires_at = ${ABSOLUTE_AT}, idle_seconds = ${IDLE_SECONDS}, reauth_at = ${REAUTH_AT}, expires_at = ${DUE_AT}
       FROM ${GIVEN} WHERE s.tenant = $1 AND s.session_id = g.session_id AND s.ended_at IS NULL`,
      [tx.tenant, ...parameters(sessions, limits, order)],
    );
  }

  /** Live sessions over their cap, the oldest; `except` are about to end anyway. */
  async overCap(tx: Tx, caps: readonly CapOf[], except: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (const kind of ['person', 'application'] as const) {
      const of = caps.filter(({ clientId }) => (clientId === null) === (kind === 'person'));
      if (of.length === 0) continue;
      const rows = await tx.sql<{ session_id: string }>(OVER_CAP[kind], [
        tx.tenant,
        of.map(({ subjectId }) => subjectId),
        of.map(({ clientId }) => clientId),
        of.map(({ cap }) => cap),
        except,
      ]);
      found.push(...rows.map((row) => row.session_id));
    }
    return [...new Set(found)].sort();
  }

  private async facts(tx: Tx, where: string, values: readonly unknown[]): Promise<JudgedSession[]> {
    const rows = await tx.sql<Row>(`${FACTS} AND ${where} ORDER BY s.session_id`, [tx.tenant, ...values]);
    return rows.map((row) => ({
      sessionId: row.session_id,
      subjectId: row.subject_id,
      clientId: row.client_id,
      region: row.region,
      clearance: row.clearance,
      dataClass: row.data_class,
      groups: row.groups,
    }));
  }
}

const parameters = (sessions: readonly JudgedSession[], limits: readonly Limits[], { fields, mode }: Order) => [
  sessions.map(({ sessionId }) => sessionId),
  limits.map(({ absoluteSeconds }) => absoluteSeconds),
  limits.map(({ idleSeconds }) => idleSeconds),
  limits.map(({ reauthSeconds }) => reauthSeconds),
  fields,
  mode === 'tighten',
];
