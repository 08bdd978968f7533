import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import type { Target } from '../barrier/barrier.js';
import { ownedBy } from '../subject/owner.store.js';

export interface BlastRadius {
  readonly sessions: number;
  readonly subjects: number;
  readonly byApplication: Readonly<Record<string, number>>;
  readonly byGroup: Readonly<Record<string, number>>;
  readonly byRegion: Readonly<Record<string, number>>;
  readonly byDevice: Readonly<Record<string, number>>;
}

const WHERE: Readonly<Record<Target['kind'], string>> = {
  subject: `(s.subject_id = $2 OR s.subject_id IN (${ownedBy('$2')}))`,
  device: 's.device_id = $2',
  session: 's.session_id = $2::uuid',
  application: 's.client_id = $2',
  group: 's.subject_id IN (SELECT subject_id FROM subject_groups WHERE tenant = $1 AND group_id = $2)',
  tenant: '$2::text IS NOT NULL',
};

/** The largest parts are named; a tenant may have a hundred thousand devices. */
const MOST_NAMED = 100;

@Injectable()
export class BlastRadiusStore {
  async count(tx: Tx, target: Target): Promise<number> {
    const [row] = await tx.sql<{ sessions: number }>(
      `SELECT count(*)::int AS sessions FROM sessions s WHERE s.tenant = $1 AND s.ended_at IS NULL AND ${WHERE[target.kind]}`,
      [tx.tenant, target.id],
    );
    return row!.sessions;
  }

  /** What a revocation would end, as of now. Reads only. */
  async measure(tx: Tx, target: Target): Promise<BlastRadius> {
    const [row] = await tx.sql<{
      sessions: number;
      subjects: number;
      applications: Record<string, number> | null;
      groups: Record<string, number> | null;
      regions: Record<string, number> | null;
      devices: Record<string, number> | null;
    }>(
      `WITH hit AS MATERIALIZED (
         SELECT s.client_id, s.subject_id, s.device_id FROM sessions s
         WHERE s.tenant = $1 AND s.ended_at IS NULL AND ${WHERE[target.kind]}),
       named AS (
         SELECT 'application' AS part, client_id AS name, count(*)::int AS n FROM hit GROUP BY client_id
         UNION ALL SELECT 'device', device_id, count(*)::int FROM hit WHERE device_id IS NOT NULL GROUP BY device_id
         UNION ALL SELECT 'group', g.group_id, count(*)::int FROM hit JOIN subject_groups g ON g.tenant = $1 AND g.subject_id = hit.subject_id GROUP BY g.group_id
         UNION ALL SELECT 'region', p.attributes ->> 'region', count(*)::int FROM hit JOIN subjects p ON p.tenant = $1 AND p.subject_id = hit.subject_id
           WHERE p.attributes ->> 'region' IS NOT NULL GROUP BY 2),
       ranked AS (SELECT *, row_number() OVER (PARTITION BY part ORDER BY n DESC, name) AS place FROM named)
       SELECT (SELECT count(*)::int FROM hit) AS sessions, (SELECT count(DISTINCT subject_id)::int FROM hit) AS subjects,
         (SELECT json_object_agg(name, n) FROM ranked WHERE part = 'application' AND place <= ${MOST_NAMED}) AS applications,
         (SELECT json_object_agg(name, n) FROM ranked WHERE part = 'group' AND place <= ${MOST_NAMED}) AS groups,
         (SELECT json_object_agg(name, n) FROM ranked WHERE part = 'region' AND place <= ${MOST_NAMED}) AS regions,
         (SELECT json_object_agg(name, n) FROM ranked WHERE part = 'device' AND place <= ${MOST_NAMED}) AS devices`,
      [tx.tenant, target.id],
    );
    return {
      sessions: row!.sessions,
      subjects: row!.subjects,
      byApplication: row!.applications ?? {},
      byGroup: row!.groups ?? {},
      byRegion: row!.regions ?? {},
      byDevice: row!.devices ?? {},
    };
  }
}
