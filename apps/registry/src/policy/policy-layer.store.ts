import type { DefaultPolicy, PolicyOverride } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import type { LayerRef } from '@curfew/policy-rules';
import { Sweeper } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { layersOf, type LayerRow, type Layers } from './layers.js';

/** For a query over layers `named` of the tenant `$1`: one look-up in the index a layer, whatever the planner thinks. */
export const LAYER_OF_NAMED = `(
  SELECT version, document FROM policy_layers
  WHERE tenant = $1 AND layer = named.layer AND target_id = named.id AND document IS NOT NULL OFFSET 0)`;

/** What is `said` of those that concern a subject at an application; `mine` says its groups and attributes. */
const ofMine = (said: string, subject: string, client: string): string => `(
  SELECT json_agg(${said}) FROM (
    SELECT 'tenant' AS layer, '' AS id UNION ALL SELECT 'region', mine.attributes ->> 'region'
    UNION ALL SELECT 'clearance', mine.attributes ->> 'clearance' UNION ALL SELECT 'dataClass', mine.attributes ->> 'dataClass'
    UNION ALL SELECT 'application', ${client} UNION ALL SELECT 'subject', ${subject} UNION ALL SELECT 'group', unnest(mine.groups)) named
  CROSS JOIN LATERAL ${LAYER_OF_NAMED} l)`;
const DOCUMENTS = `json_build_object('layer', named.layer, 'id', named.id, 'version', l.version, 'document', l.document)`;
const VERSIONS = `json_build_array(named.layer, named.id, l.version)`;

/** Those that concern the subject `$2` at the application `$3`; `mine` says its groups and attributes. */
export const LAYERS_OF_MINE = ofMine(DOCUMENTS, '$2', '$3');

const mineOf = (subject: string): string => `(
  SELECT subject_id, attributes, ARRAY(SELECT group_id FROM subject_groups WHERE tenant = $1 AND subject_id = ${subject}) AS groups
  FROM subjects WHERE tenant = $1 AND subject_id = ${subject})`;

export interface WhoWhere {
  readonly subjectId: string;
  /** Null: whatever the application. */
  readonly clientId: string | null;
}

/** Which policies concern a person. */
export interface Concerning {
  readonly subjectKnown: boolean;
  readonly applicationKnown: boolean;
  /** Names and versions, as one text: two that are the same are the same policies. */
  readonly which: string;
  readonly now: Date;
}

@Injectable()
export class PolicyLayerStore {
  constructor(private readonly sweeper: Sweeper) {}

  /** False: this version was here already, or a later one. `document` null: taken away. */
  async put(
    tx: Tx,
    { layer, id }: LayerRef,
    version: number,
    document: DefaultPolicy | PolicyOverride | null,
  ): Promise<boolean> {
    const expiresAt = document && 'expiresAt' in document ? document.expiresAt : null;
    const rows = await tx.sql(
      `INSERT INTO policy_layers AS p (tenant, layer, target_id, version, document, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (tenant, layer, target_id) DO UPDATE
         SET version = excluded.version, document = excluded.document, expires_at = excluded.expires_at
         WHERE p.version < excluded.version
       RETURNING version`,
      [tx.tenant, layer, id, version, document === null ? null : JSON.stringify(document), expiresAt],
    );
    return rows.length > 0;
  }

  /** Every policy of the tenant. */
  async all(tx: Tx): Promise<Layers> {
    return layersOf(
      await tx.sql<LayerRow & Record<string, unknown>>(
        'SELECT layer, target_id AS id, version, document FROM policy_layers WHERE tenant = $1 AND document IS NOT NULL',
        [tx.tenant],
      ),
    );
  }

  /** Which concern each of these. */
  async concerning(tx: Tx, asked: readonly WhoWhere[]): Promise<Concerning[]> {
    return tx.sql<Concerning & Record<string, unknown>>(
      `SELECT mine.subject_id IS NOT NULL AS "subjectKnown",
         asked.client_id IS NULL OR EXISTS (
           SELECT 1 FROM applications WHERE tenant = $1 AND client_id = asked.client_id AND NOT removed) AS "applicationKnown",
         coalesce(${ofMine(VERSIONS, 'asked.subject_id', 'asked.client_id')}::text, '') AS which, (SELECT curfew_now()) AS now
       FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS asked (subject_id, client_id, n)
       LEFT JOIN LATERAL ${mineOf('asked.subject_id')} mine ON true ORDER BY n`,
      [tx.tenant, asked.map(({ subjectId }) => subjectId), asked.map(({ clientId }) => clientId)],
    );
  }

  /** Those that concern a person. Undefined: there is no such person. */
  async of(
    tx: Tx,
    { subjectId, clientId }: WhoWhere,
  ): Promise<{ layers: Layers; which: string; now: Date } | undefined> {
    const [row] = await tx.sql<{ layers: LayerRow[] | null; which: string; now: Date }>(
      `SELECT ${LAYERS_OF_MINE} AS layers, coalesce(${ofMine(VERSIONS, '$2', '$3')}::text, '') AS which, curfew_now() AS now
       FROM ${mineOf('$2')} mine`,
      [tx.tenant, subjectId, clientId],
    );
    return row && { layers: layersOf(row.layers ?? []), which: row.which, now: row.now };
  }

  /** Over all tenants: overrides whose time is over and that nobody has enforced the end of. */
  async expired(limit: number): Promise<(LayerRef & { readonly tenant: string })[]> {
    return this.sweeper.sql<LayerRef & { tenant: string }>(
      `SELECT tenant, layer, target_id AS id FROM policy_layers
       WHERE expires_at <= (SELECT curfew_now()) ORDER BY expires_at LIMIT $1`,
      [limit],
    );
  }

  /** Whoever enforces its end has it; undefined: another has. */
  async takeExpired(
    tx: Tx,
    { layer, id }: LayerRef,
  ): Promise<{ version: number; document: PolicyOverride } | undefined> {
    const [row] = await tx.sql<{ version: number; document: PolicyOverride }>(
      `UPDATE policy_layers SET expires_at = NULL
       WHERE tenant = $1 AND layer = $2 AND target_id = $3 AND expires_at <= curfew_now() RETURNING version, document`,
      [tx.tenant, layer, id],
    );
    return row;
  }
}
