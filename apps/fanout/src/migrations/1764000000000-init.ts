import { signingKeysTable } from '@curfew/keys';
import { messagingTables, rolesFor, tenantTable } from '@curfew/messaging';
import { knownKeysTable } from '@curfew/runtime';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Init1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'fanout');
    await runner.query(`
      ${messagingTables(roles)}
      ${knownKeysTable(roles)}
      ${signingKeysTable(roles)}

      CREATE TABLE applications (
        tenant text NOT NULL,
        client_id text NOT NULL,
        name text NOT NULL,
        backchannel_logout_uri text,
        logout_token_alg text NOT NULL,
        -- 'session': a token with sid for each session. 'subject': one with sub for all of a person's sessions.
        logout_token_for text NOT NULL,
        clock_skew_seconds integer NOT NULL,
        deadline_seconds integer NOT NULL,
        -- What its receipts are verified with.
        jwks json,
        jwks_uri text,
        -- {ca, cert, key}, sealed.
        tls_sealed text,
        version integer NOT NULL,
        removed boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant, client_id)
      );
      ${tenantTable(roles, 'applications', 'SELECT')}

      CREATE TABLE tenants (tenant text PRIMARY KEY);
      ${tenantTable(roles, 'tenants')}

      CREATE TABLE application_removals (
        tenant text NOT NULL,
        removal_id uuid NOT NULL,
        client_id text NOT NULL,
        removed boolean,
        live_sessions integer,
        revocation_id text,
        PRIMARY KEY (tenant, removal_id)
      );
      ${tenantTable(roles, 'application_removals')}

      -- How each endpoint has been answering.
      CREATE TABLE endpoint_health (
        tenant text NOT NULL,
        client_id text NOT NULL,
        last_success_at timestamptz,
        last_failure_at timestamptz,
        last_failure text,
        consecutive_failures integer NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant, client_id)
      );
      ${tenantTable(roles, 'endpoint_health')}

      -- Telling one application about one ended session.
      CREATE TABLE deliveries (
        tenant text NOT NULL,
        delivery_id uuid NOT NULL,
        session_id uuid NOT NULL,
        sid text NOT NULL,
        client_id text NOT NULL,
        subject_id text NOT NULL,
        revocation_id uuid,
        cause text NOT NULL,
        actor text NOT NULL,
        correlation_id text NOT NULL,
        causation_id text NOT NULL,
        bulk boolean NOT NULL,
        origin_at timestamptz NOT NULL,
        planned_at timestamptz NOT NULL,
        deadline_at timestamptz NOT NULL,
        -- 'planned' until it is 'accepted', 'confirmed', 'rejected' or 'abandoned'.
        state text NOT NULL,
        -- When the next try is due; while one is leased, when somebody else may take it over.
        due_at timestamptz NOT NULL,
        lease_token uuid,
        attempts integer NOT NULL DEFAULT 0,
        attempt_started_at timestamptz,
        rejections integer NOT NULL DEFAULT 0,
        first_rejected_at timestamptz,
        -- A second token a few seconds after the first was accepted (design §5).
        repeat_at timestamptz,
        breached_at timestamptz,
        disputed_at timestamptz,
        -- Final, or past its deadline: no revocation waits for it.
        settled_at timestamptz,
        PRIMARY KEY (tenant, delivery_id),
        UNIQUE (tenant, session_id)
      );
      CREATE INDEX deliveries_due ON deliveries (bulk, due_at) WHERE state = 'planned';
      CREATE INDEX deliveries_deadline ON deliveries (deadline_at) WHERE state = 'planned' AND breached_at IS NULL;
      CREATE INDEX deliveries_repeat ON deliveries (repeat_at) WHERE repeat_at IS NOT NULL;
      CREATE INDEX deliveries_unsettled ON deliveries (tenant, revocation_id) WHERE settled_at IS NULL;
      CREATE INDEX deliveries_revocation ON deliveries (tenant, revocation_id, delivery_id);
      CREATE INDEX deliveries_application ON deliveries (tenant, client_id, planned_at);
      CREATE INDEX deliveries_waiting ON deliveries (tenant, client_id, due_at) WHERE state = 'planned';
      ${tenantTable(roles, 'deliveries', 'SELECT, UPDATE')}

      CREATE TABLE attempts (
        tenant text NOT NULL,
        delivery_id uuid NOT NULL,
        number integer NOT NULL,
        jti text,
        started_at timestamptz NOT NULL,
        finished_at timestamptz NOT NULL,
        status integer,
        outcome text NOT NULL,
        detail text,
        receipt text,
        PRIMARY KEY (tenant, delivery_id, number)
      );
      ${tenantTable(roles, 'attempts')}

      -- How far the telling of each revocation is.
      CREATE TABLE revocations (
        tenant text NOT NULL,
        revocation_id uuid NOT NULL,
        signal_id text,
        subject text,
        actor text,
        correlation_id text,
        origin_at timestamptz,
        -- Null until the registry has said how many.
        ended integer,
        covered integer,
        planned integer NOT NULL DEFAULT 0,
        completed_at timestamptz,
        touched_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant, revocation_id)
      );
      CREATE INDEX revocations_open ON revocations (touched_at) WHERE completed_at IS NULL;
      ${tenantTable(roles, 'revocations', 'SELECT')}

      -- Sessions a revocation covers that something else ended first.
      CREATE TABLE covered_sessions (
        tenant text NOT NULL,
        revocation_id uuid NOT NULL,
        session_id uuid NOT NULL,
        PRIMARY KEY (tenant, revocation_id, session_id)
      );
      CREATE INDEX covered_sessions_session ON covered_sessions (tenant, session_id);
      ${tenantTable(roles, 'covered_sessions')}
    `);
  }

  async down(): Promise<void> {
    throw new Error('The first migration has no way back');
  }
}
