import type { SubjectStateV1 } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';

/** People and the groups they are in, as registry's state topic says. */
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
  }

  async groupsOf(tx: Tx, subjectId: string): Promise<string[]> {
    const [row] = await tx.sql<{ groups: string[] }>(
      'SELECT groups FROM people WHERE tenant = $1 AND subject_id = $2',
      [tx.tenant, subjectId],
    );
    return row?.groups ?? [];
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
