import { messagingTables, rolesFor, tenantTable } from '@curfew/messaging';
import { knownKeysTable } from '@curfew/runtime';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Init1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const roles = await rolesFor(runner, 'registry');
    await runner.query(`
      ${messagingTables(roles)}
      ${knownKeysTable(roles)}

      -- Orders the registry's own decisions: read after the locks, so a session opened before a revocation has the lower one.
      CREATE SEQUENCE epochs;
      GRANT USAGE ON SEQUENCE epochs TO "${roles.app}";

      CREATE TABLE applications (
        tenant text NOT NULL,
        client_id text NOT NULL,
        name text NOT NULL,
        clock_skew_seconds integer NOT NULL,
        deadline_seconds integer NOT NULL,
        version integer NOT NULL,
        removed boolean NOT NULL,
        PRIMARY KEY (tenant, client_id)
      );
      ${tenantTable(roles, 'applications')}

      CREATE TABLE session_policies (tenant text PRIMARY KEY, version integer NOT NULL, document json NOT NULL);
      ${tenantTable(roles, 'session_policies')}

      CREATE TABLE subjects (
        tenant text NOT NULL,
        subject_id text NOT NULL,
        identifiers json NOT NULL,
        accounts json NOT NULL,
        groups text[] NOT NULL,
        attributes json NOT NULL,
        listed boolean NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant, subject_id)
      );
      ${tenantTable(roles, 'subjects')}

      CREATE TABLE subject_identifiers (
        tenant text NOT NULL,
        identifier text NOT NULL,
        subject_id text NOT NULL,
        PRIMARY KEY (tenant, identifier)
      );
      CREATE INDEX subject_identifiers_subject ON subject_identifiers (tenant, subject_id);
      ${tenantTable(roles, 'subject_identifiers')}

      CREATE TABLE subject_groups (
        tenant text NOT NULL,
        group_id text NOT NULL,
        subject_id text NOT NULL,
        PRIMARY KEY (tenant, group_id, subject_id)
      );
      CREATE INDEX subject_groups_subject ON subject_groups (tenant, subject_id);
      ${tenantTable(roles, 'subject_groups')}

      CREATE TABLE devices (
        tenant text NOT NULL,
        device_id text NOT NULL,
        name text,
        first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant, device_id)
      );
      ${tenantTable(roles, 'devices')}

      CREATE TABLE sessions (
        tenant text NOT NULL,
        session_id uuid NOT NULL,
        client_id text NOT NULL,
        sid text NOT NULL,
        subject_id text NOT NULL,
        device_id text,
        sign_in_id text,
        authenticated_at timestamptz NOT NULL,
        -- min(authenticated_at, received) minus the application's clock skew: what barriers are compared with.
        judged_at timestamptz NOT NULL,
        opened_at timestamptz NOT NULL,
        opened_by_broker boolean NOT NULL,
        last_activity_at timestamptz NOT NULL,
        idle_seconds integer,
        absolute_expires_at timestamptz NOT NULL,
        -- The earlier of the two deadlines, as far as activity is flushed.
        expires_at timestamptz NOT NULL,
        epoch bigint NOT NULL,
        ip text,
        user_agent text,
        ended_at timestamptz,
        cause text,
        reason text,
        revocation_id uuid,
        successor_session_id uuid,
        -- Its application was told, or the deadline passed.
        told_at timestamptz,
        PRIMARY KEY (tenant, session_id),
        UNIQUE (tenant, client_id, sid)
      );
      CREATE INDEX sessions_live_subject ON sessions (tenant, subject_id) WHERE ended_at IS NULL;
      CREATE INDEX sessions_live_device ON sessions (tenant, device_id) WHERE ended_at IS NULL AND device_id IS NOT NULL;
      CREATE INDEX sessions_live_application ON sessions (tenant, client_id, session_id) WHERE ended_at IS NULL;
      CREATE INDEX sessions_live ON sessions (tenant, session_id) WHERE ended_at IS NULL;
      CREATE INDEX sessions_due ON sessions (expires_at) WHERE ended_at IS NULL;
      CREATE INDEX sessions_untold ON sessions (tenant, subject_id) WHERE ended_at IS NOT NULL AND told_at IS NULL;
      CREATE INDEX sessions_subject ON sessions (tenant, subject_id, session_id);
      CREATE INDEX sessions_revocation ON sessions (tenant, revocation_id, session_id) WHERE revocation_id IS NOT NULL;
      ${tenantTable(roles, 'sessions', 'SELECT')}

      -- The standing part of revocations. Both instants and epochs only ever rise.
      CREATE TABLE barriers (
        tenant text NOT NULL,
        kind text NOT NULL,
        target_id text NOT NULL,
        -- Nothing authenticated at or before it is valid.
        not_before timestamptz NOT NULL,
        -- Every session opened under a lower epoch has ended, whatever it says of its authentication.
        ends_before bigint NOT NULL,
        revocation_id uuid,
        -- False: the index could not be told; it is not believed until it was.
        indexed boolean NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant, kind, target_id)
      );
      CREATE INDEX barriers_unindexed ON barriers (updated_at) WHERE NOT indexed;
      CREATE INDEX barriers_age ON barriers (updated_at) WHERE kind = 'session';
      ${tenantTable(roles, 'barriers', 'SELECT, UPDATE, DELETE')}

      -- One for each revocation that forbids new access.
      CREATE TABLE bars (
        tenant text NOT NULL,
        kind text NOT NULL,
        target_id text NOT NULL,
        revocation_id uuid NOT NULL,
        source text,
        raised_at timestamptz NOT NULL,
        PRIMARY KEY (tenant, kind, target_id, revocation_id)
      );
      ${tenantTable(roles, 'bars')}

      CREATE TABLE revocations (
        tenant text NOT NULL,
        revocation_id uuid NOT NULL,
        signal_id text,
        signal json,
        target_kind text NOT NULL,
        target_id text NOT NULL,
        bar boolean NOT NULL,
        reason text NOT NULL,
        actor text NOT NULL,
        correlation_id text NOT NULL,
        requested_at timestamptz NOT NULL,
        origin_at timestamptz NOT NULL,
        not_before timestamptz NOT NULL,
        epoch bigint NOT NULL,
        deadline_at timestamptz NOT NULL,
        standing text NOT NULL,
        -- 'ending' its sessions, 'telling' the applications, 'settled'.
        state text NOT NULL,
        ended integer NOT NULL DEFAULT 0,
        already_ended integer NOT NULL DEFAULT 0,
        resolved_at timestamptz,
        settled_at timestamptz,
        outcome json,
        PRIMARY KEY (tenant, revocation_id)
      );
      CREATE INDEX revocations_ending ON revocations (epoch) WHERE state = 'ending';
      CREATE INDEX revocations_signal ON revocations (tenant, signal_id) WHERE signal_id IS NOT NULL;
      ${tenantTable(roles, 'revocations', 'SELECT')}

      -- What each source said last of each subject: the order of its facts is the order it said them in.
      CREATE TABLE source_facts (
        tenant text NOT NULL,
        subject_id text NOT NULL,
        source text NOT NULL,
        occurred_at timestamptz NOT NULL,
        sequence bigint,
        kind text NOT NULL,
        signal_id text NOT NULL,
        PRIMARY KEY (tenant, subject_id, source)
      );
      ${tenantTable(roles, 'source_facts')}

      CREATE TABLE rescinded_signals (
        tenant text NOT NULL,
        signal_id text NOT NULL,
        rescinded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant, signal_id)
      );
      ${tenantTable(roles, 'rescinded_signals')}

      -- Events about somebody nobody knows yet.
      CREATE TABLE parked_events (
        tenant text NOT NULL,
        event_id text NOT NULL,
        identifiers text[] NOT NULL,
        event json NOT NULL,
        parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant, event_id)
      );
      CREATE INDEX parked_events_identifiers ON parked_events USING gin (identifiers);
      ${tenantTable(roles, 'parked_events')}

      -- What fanout tells of each delivery, for the chain from signal to answer.
      CREATE TABLE deliveries (
        tenant text NOT NULL,
        delivery_id text NOT NULL,
        session_id uuid NOT NULL,
        client_id text NOT NULL,
        revocation_id text,
        state text NOT NULL,
        planned_at timestamptz NOT NULL,
        deadline_at timestamptz NOT NULL,
        breached_at timestamptz,
        disputed boolean NOT NULL DEFAULT false,
        attempts jsonb NOT NULL DEFAULT '[]',
        detail text,
        PRIMARY KEY (tenant, delivery_id)
      );
      CREATE INDEX deliveries_session ON deliveries (tenant, session_id);
      ${tenantTable(roles, 'deliveries')}

      -- Sessions a revocation covers that something else had ended before.
      CREATE TABLE covered_sessions (
        tenant text NOT NULL,
        revocation_id uuid NOT NULL,
        session_id uuid NOT NULL,
        PRIMARY KEY (tenant, revocation_id, session_id)
      );
      ${tenantTable(roles, 'covered_sessions')}
    `);
  }

  async down(): Promise<void> {
    throw new Error('The first migration has no way back');
  }
}
