import type { ApplicationStateV1, OverrideLayer, SubjectStateV1 } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';

/** Attributes of people that a policy can be for. */
const ATTRIBUTES = ['region', 'clearance', 'dataClass'] as const;

/** People and the groups they are in, as registry's state topic says; and what else there is that a policy can be for. */
@Injectable()
export class Directory {
  async keep(events: readonly SubjectStateV1[], tx: Tx): Promise<void> {
    const people = new Map(events.map(({ data: { subjectId, groups } }) => [subjectId, { subjectId, groups }]));
    await tx.sql(
      `INSERT INTO people (tenant, subject_id, groups)
       SELECT $1, person->>'subjectId', ARRAY(SELECT json_array_elements_text(person->'groups')) FROM json_array_elements($2::json) person
       ON CONFLICT (tenant, subject_id) DO UPDATE SET groups = excluded.groups`,
      [tx.tenant, JSON.stringify([...people.values()])],
    );
    const groups = [...new Set(events.flatMap(({ data }) => data.groups))].sort(); // in one order: two batches may meet
    if (groups.length > 0)
      await tx.sql('INSERT INTO known_groups (tenant, group_id) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING', [
        tx.tenant,
        groups,
      ]);
    await this.keepValues(
      tx,
      events.flatMap(({ data: { attributes } }) =>
        ATTRIBUTES.flatMap((kind) => (attributes[kind] ? [{ kind, id: attributes[kind] }] : [])),
      ),
    );
  }

  async keepApplications(events: readonly ApplicationStateV1[], tx: Tx): Promise<void> {
    await this.keepValues(
      tx,
      events.map(({ data: { clientId } }) => ({ kind: 'application', id: clientId })),
    );
    const removed = events.filter(({ data }) => data.removed).map(({ data }) => data.clientId);
    if (removed.length > 0)
      await tx.sql(`DELETE FROM known_values WHERE tenant = $1 AND kind = 'application' AND id = ANY($2)`, [
        tx.tenant,
        removed,
      ]);
  }

  /** Who is unknown is in none, and has no entry. */
  async groupsOf(tx: Tx, subjectIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    if (subjectIds.length === 0) return new Map();
    const rows = await tx.sql<{ subject_id: string; groups: string[] }>(
      'SELECT subject_id, groups FROM people WHERE tenant = $1 AND subject_id = ANY($2)',
      [tx.tenant, subjectIds],
    );
    return new Map(rows.map(({ subject_id, groups }) => [subject_id, groups]));
  }

  /** By id. */
  async people(tx: Tx, after: string, limit: number): Promise<{ subjectId: string; groups: string[] }[]> {
    const rows = await tx.sql<{ subject_id: string; groups: string[] }>(
      'SELECT subject_id, groups FROM people WHERE tenant = $1 AND subject_id > $2 ORDER BY subject_id LIMIT $3',
      [tx.tenant, after, limit],
    );
    return rows.map(({ subject_id, groups }) => ({ subjectId: subject_id, groups }));
  }

  /** Whether a policy can be for it: an attribute's value is known once somebody had it. */
  async has(tx: Tx, layer: OverrideLayer, id: string): Promise<boolean> {
    const found = {
      group: 'SELECT 1 FROM known_groups WHERE tenant = $1 AND group_id = $2',
      subject: 'SELECT 1 FROM people WHERE tenant = $1 AND subject_id = $2',
    };
    const rows =
      layer === 'group' || layer === 'subject'
        ? await tx.sql(found[layer], [tx.tenant, id])
        : await tx.sql('SELECT 1 FROM known_values WHERE tenant = $1 AND kind = $2 AND id = $3', [
            tx.tenant,
            layer,
            id,
          ]);
    return rows.length > 0;
  }

  private async keepValues(tx: Tx, values: readonly { readonly kind: string; readonly id: string }[]): Promise<void> {
    if (values.length === 0) return;
    await tx.sql(
      `INSERT INTO known_values (tenant, kind, id)
       SELECT DISTINCT $1::text, kind, id FROM unnest($2::text[], $3::text[]) AS given (kind, id) ORDER BY kind, id ON CONFLICT DO NOTHING`,
      [tx.tenant, values.map(({ kind }) => kind), values.map(({ id }) => id)],
    );
  }

  /** A group is known once somebody was in it, and stays so when the last one leaves. */
  async knownOf(tx: Tx, groups: readonly string[]): Promise<Set<string>> {
    const rows = await tx.sql<{ group_id: string }>(
      'SELECT group_id FROM known_groups WHERE tenant = $1 AND group_id = ANY($2)',
      [tx.tenant, groups],
    );
    return new Set(rows.map((row) => row.group_id));
  }
}
