import type { Gathered, Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import { allIdentifiers, type Subject } from './subject.js';

interface Row {
  subject_id: string;
  identifiers: Record<string, string>;
  accounts: { iss: string; sub: string }[];
  groups: string[];
  attributes: Record<string, string>;
  listed: boolean;
}

const subjectOf = (row: Row): Subject => ({
  subjectId: row.subject_id,
  identifiers: row.identifiers,
  accounts: row.accounts,
  groups: row.groups,
  attributes: row.attributes,
  listed: row.listed,
});

const RESOLVE: Gathered<readonly string[], string | undefined> = async (tx, wanted) => {
  const rows = await tx.sql<{ identifier: string; subject_id: string }>(
    'SELECT identifier, subject_id FROM subject_identifiers WHERE tenant = $1 AND identifier = ANY($2)',
    [tx.tenant, wanted.flat()],
  );
  const known = new Map(rows.map((row) => [row.identifier, row.subject_id]));
  return wanted.map((identifiers) => identifiers.map((one) => known.get(one)).find((id) => id !== undefined));
};

/** Who put a subject on the never-kill list, and why. */
export interface Protection {
  readonly reason: string | null;
  readonly by: string;
  readonly at: Date;
}

@Injectable()
export class SubjectStore {
  async get(tx: Tx, subjectId: string): Promise<Subject | undefined> {
    const [row] = await tx.sql<Row>(
      'SELECT subject_id, identifiers, accounts, groups, attributes, listed FROM subjects WHERE tenant = $1 AND subject_id = $2',
      [tx.tenant, subjectId],
    );
    return row && subjectOf(row);
  }

  async list(tx: Tx, after: string, limit: number): Promise<Subject[]> {
    const rows = await tx.sql<Row>(
      `SELECT subject_id, identifiers, accounts, groups, attributes, listed FROM subjects
       WHERE tenant = $1 AND subject_id > $2 ORDER BY subject_id LIMIT $3`,
      [tx.tenant, after, limit],
    );
    return rows.map(subjectOf);
  }

  /** The first of the identifiers that anyone has decides. */
  resolve(tx: Tx, identifiers: readonly string[]): Promise<string | undefined> {
    return tx.gather(RESOLVE, identifiers);
  }

  /** Those of the identifiers that belong to somebody else. */
  async taken(tx: Tx, subject: Subject): Promise<string[]> {
    const rows = await tx.sql<{ identifier: string }>(
      'SELECT identifier FROM subject_identifiers WHERE tenant = $1 AND identifier = ANY($2) AND subject_id <> $3',
      [tx.tenant, allIdentifiers(subject), subject.subjectId],
    );
    return rows.map((row) => row.identifier);
  }

  async put(tx: Tx, subject: Subject): Promise<void> {
    await tx.sql(
      `INSERT INTO subjects (tenant, subject_id, identifiers, accounts, groups, attributes, listed)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (tenant, subject_id) DO UPDATE SET identifiers = excluded.identifiers, accounts = excluded.accounts,
         groups = excluded.groups, attributes = excluded.attributes, listed = excluded.listed, updated_at = clock_timestamp()`,
      [
        tx.tenant,
        subject.subjectId,
        JSON.stringify(subject.identifiers),
        JSON.stringify(subject.accounts),
        subject.groups,
        JSON.stringify(subject.attributes),
        subject.listed,
      ],
    );
    const identifiers = allIdentifiers(subject);
    await tx.sql(
      `WITH gone AS (DELETE FROM subject_identifiers WHERE tenant = $1 AND subject_id = $2 AND identifier <> ALL($3))
       INSERT INTO subject_identifiers (tenant, identifier, subject_id) SELECT $1, unnest($3::text[]), $2 ON CONFLICT DO NOTHING`,
      [tx.tenant, subject.subjectId, identifiers],
    );
    await tx.sql(
      `WITH gone AS (DELETE FROM subject_groups WHERE tenant = $1 AND subject_id = $2 AND group_id <> ALL($3))
       INSERT INTO subject_groups (tenant, group_id, subject_id) SELECT $1, unnest($3::text[]), $2 ON CONFLICT DO NOTHING`,
      [tx.tenant, subject.subjectId, subject.groups],
    );
  }

  async groupExists(tx: Tx, group: string): Promise<boolean> {
    const rows = await tx.sql('SELECT 1 FROM subject_groups WHERE tenant = $1 AND group_id = $2 LIMIT 1', [
      tx.tenant,
      group,
    ]);
    return rows.length > 0;
  }

  /** Whether it is on the never-kill list. */
  async isProtected(tx: Tx, subjectId: string): Promise<boolean> {
    return (await this.protection(tx, subjectId)) !== undefined;
  }

  async protection(tx: Tx, subjectId: string): Promise<Protection | undefined> {
    const [row] = await tx.sql<Protection & Record<string, unknown>>(
      `SELECT reason, protected_by AS by, protected_at AS at FROM protected_subjects WHERE tenant = $1 AND subject_id = $2`,
      [tx.tenant, subjectId],
    );
    return row;
  }

  async protect(tx: Tx, subjectId: string, by: string, reason: string | null): Promise<void> {
    await tx.sql(
      `INSERT INTO protected_subjects (tenant, subject_id, reason, protected_by) VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant, subject_id) DO UPDATE SET reason = excluded.reason, protected_by = excluded.protected_by`,
      [tx.tenant, subjectId, reason, by],
    );
  }

  /** False: it was not. */
  async unprotect(tx: Tx, subjectId: string): Promise<boolean> {
    const rows = await tx.sql('DELETE FROM protected_subjects WHERE tenant = $1 AND subject_id = $2 RETURNING 1', [
      tx.tenant,
      subjectId,
    ]);
    return rows.length > 0;
  }
}
