import { exclusive, type Gathered, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';

const isProtected = (subject: string): string =>
  `EXISTS (SELECT 1 FROM protected_subjects p WHERE p.tenant = $1 AND p.subject_id = ${subject})`;

/**
 * For a query of the tenant `$1`: whom a subject hangs on, and whom they do. A circle is gone round once. Whoever is on the
 * never-kill list hangs on nobody; what hangs on it still does on its owners.
 */
export const ownersOf = (subject: string): string => `
  WITH RECURSIVE chain AS (
    SELECT owner_id FROM subject_owners WHERE tenant = $1 AND subject_id = ${subject}
    UNION SELECT o.owner_id FROM chain JOIN subject_owners o ON o.tenant = $1 AND o.subject_id = chain.owner_id)
  SELECT owner_id FROM chain WHERE NOT ${isProtected(subject)}`;

/** The same downwards: those that end with a subject. */
export const ownedBy = (subject: string): string => `
  WITH RECURSIVE owned AS (
    SELECT subject_id FROM subject_owners WHERE tenant = $1 AND owner_id = ${subject}
    UNION SELECT o.subject_id FROM owned JOIN subject_owners o ON o.tenant = $1 AND o.owner_id = owned.subject_id)
  SELECT subject_id FROM owned WHERE subject_id <> ${subject} AND NOT ${isProtected('owned.subject_id')}`;

const OWNED: Gathered<string, string[]> = async (tx, owners) => {
  const rows = await tx.sql<{ nth: number; subject_id: string }>(
    `SELECT wanted.nth, owned.subject_id FROM unnest($2::int[], $3::text[]) AS wanted (nth, id)
     CROSS JOIN LATERAL (${ownedBy('wanted.id')}) owned ORDER BY owned.subject_id`,
    [tx.tenant, owners.map((_, nth) => nth), owners],
  );
  return owners.map((_, nth) => rows.filter((row) => row.nth === nth).map((row) => row.subject_id));
};

@Injectable()
export class OwnerStore {
  async ownerOf(tx: Tx, subjectId: string): Promise<string | null> {
    const [row] = await tx.sql<{ owner_id: string }>(
      'SELECT owner_id FROM subject_owners WHERE tenant = $1 AND subject_id = $2',
      [tx.tenant, subjectId],
    );
    return row?.owner_id ?? null;
  }

  async set(tx: Tx, subjectId: string, ownerId: string | null): Promise<void> {
    await tx.sql(
      ownerId === null
        ? 'DELETE FROM subject_owners WHERE tenant = $1 AND subject_id = $2'
        : `INSERT INTO subject_owners (tenant, subject_id, owner_id) VALUES ($1, $2, $3)
           ON CONFLICT (tenant, subject_id) DO UPDATE SET owner_id = excluded.owner_id`,
      [tx.tenant, subjectId, ...(ownerId === null ? [] : [ownerId])],
    );
  }

  /** Those it owns itself. */
  async count(tx: Tx, ownerId: string): Promise<number> {
    const [row] = await tx.sql<{ owned: number }>(
      'SELECT count(*)::int AS owned FROM subject_owners WHERE tenant = $1 AND owner_id = $2',
      [tx.tenant, ownerId],
    );
    return row!.owned;
  }

  /** Whether any of those it hangs on may not sign in. */
  async hangsOnBarred(tx: Tx, subjectId: string): Promise<boolean> {
    const rows = await tx.sql(
      `SELECT 1 FROM bars WHERE tenant = $1 AND kind = 'subject' AND target_id IN (${ownersOf('$2')}) LIMIT 1`,
      [tx.tenant, subjectId],
    );
    return rows.length > 0;
  }

  /** Those that end with it. */
  ownedBy(tx: Tx, ownerId: string): Promise<string[]> {
    return tx.gather(OWNED, ownerId);
  }

  /**
   * Locks each as an open locks it. Whoever came to hang on one of them while its lock was waited for is seen then, and
   * locked as well.
   */
  async lockOwned(tx: Tx, ownerId: string, owned: readonly string[]): Promise<string[]> {
    const locked = new Set<string>();
    for (let further = owned; further.length > 0;) {
      tx.lock(...further.map((subjectId) => exclusive('subject', tx.tenant, subjectId)));
      for (const subjectId of further) locked.add(subjectId);
      further = (await this.ownedBy(tx, ownerId)).filter((subjectId) => !locked.has(subjectId));
    }
    return [...locked];
  }

  /** Of all of them: those that are live, and those that something else ended and whose applications are not all told. */
  async sessions(
    tx: Tx,
    subjects: readonly string[],
    of: { readonly before: bigint; readonly upTo: Date | null; readonly exceptRevocationId: string },
  ): Promise<{ readonly live: string[]; readonly untold: string[] }> {
    const rows = await tx.sql<{ session_id: string; live: boolean }>(
      `SELECT session_id, ended_at IS NULL AS live FROM sessions s LEFT JOIN untold_sessions u USING (tenant, subject_id, session_id)
       WHERE tenant = $1 AND subject_id = ANY($2) AND epoch < $3::bigint AND ($4::timestamptz IS NULL OR judged_at <= $4)
         AND (ended_at IS NULL OR u IS NOT NULL AND revocation_id IS DISTINCT FROM $5::uuid)`,
      [tx.tenant, subjects, of.before.toString(), of.upTo, of.exceptRevocationId],
    );
    const ids = (live: boolean) => rows.filter((row) => row.live === live).map((row) => row.session_id);
    return { live: ids(true), untold: ids(false) };
  }
}
