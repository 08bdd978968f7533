import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import type { DirectoryEntry } from './directory-entry.js';

const COLUMNS = 'source, entry_id AS "entryId", subject_id AS "subjectId", groups, attributes, removed';

type Row = DirectoryEntry & Record<string, unknown>;

@Injectable()
export class DirectoryEntryStore {
  async get(tx: Tx, source: string, entryId: string): Promise<DirectoryEntry | undefined> {
    const [row] = await tx.sql<Row>(
      `SELECT ${COLUMNS} FROM directory_entries WHERE tenant = $1 AND source = $2 AND entry_id = $3`,
      [tx.tenant, source, entryId],
    );
    return row;
  }

  async ofSubject(tx: Tx, subjectId: string): Promise<DirectoryEntry[]> {
    return tx.sql<Row>(`SELECT ${COLUMNS} FROM directory_entries WHERE tenant = $1 AND subject_id = $2`, [
      tx.tenant,
      subjectId,
    ]);
  }

  put(tx: Tx, { source, entryId, subjectId, groups, attributes, removed }: DirectoryEntry): void {
    tx.write(
      `INSERT INTO directory_entries (tenant, source, entry_id, subject_id, groups, attributes, removed)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (tenant, source, entry_id) DO UPDATE SET groups = excluded.groups, attributes = excluded.attributes,
         removed = excluded.removed`,
      [tx.tenant, source, entryId, subjectId, groups, JSON.stringify(attributes), removed],
    );
  }
}
