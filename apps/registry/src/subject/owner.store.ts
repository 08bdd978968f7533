import { exclusive, type Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';

/** For a query of the tenant `$1`: whom a subject hangs on, and whom they do. A circle is gone round once. */
export const ownersOf = (subject: string): string => `
  WITH RECURSIVE chain AS (
    SELECT owner_id FROM subject_owners WHERE tenant = $1 AND subject_id = ${subject}
    UNION SELECT o.owner_id FROM chain JOIN subject_owners o ON o.tenant = $1 AND o.subject_id = chain.owner_id)
  SELECT owner_id FROM chain`;

/** The same downwards: those that end with a subject. Whoever is on the never-kill list does not, and what hangs on it does. */
export const ownedBy = (subject: string): string => `
  WITH RECURSIVE owned AS (
    SELECT subject_id FROM subject_owners WHERE tenant = $1 AND owner_id = ${subject}
    UNION SELECT o.subject_id FROM owned JOIN subject_owners o ON o.tenant = $1 AND o.owner_id = owned.subject_id)
  SELECT subject_id FROM owned WHERE subject_id <> ${subject}
    AND NOT EXISTS (SELECT 1 FROM protected_subjects p WHERE p.tenant = $1 AND p.subject_id = owned.subject_id)`;

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

  /**
   * Those that end with it, each locked as an open locks it. Whoever came to hang on one of them while its lock was waited
   * for is seen then, and locked as well.
   */
  async lockOwned(tx: Tx, subjectId: string): Promise<string[]> {
    const locked = new Set<string>();
    for (;;) {
      const rows = await tx.sql<{ subject_id: string }>(`${ownedBy('$2')} ORDER BY 1`, [tx.tenant, subjectId]);
      const further = rows.map((row) => row.subject_id).filter((owned) => !locked.has(owned));
      if (further.length === 0) return [...locked];
      tx.lock(...further.map((owned) => exclusive('subject', tx.tenant, owned)));
      for (const owned of further) locked.add(owned);
    }
  }

  /** Of all of them: those that are live, and those that something else ended and whose applications are not all told. */
  async sessions(
    tx: Tx,
    subjects: readonly string[],
    of: { readonly before: bigint; readonly upTo: Date | null; readonly exceptRevocationId: string },
  ): Promise<{ readonly live: string[]; readonly untold: string[] }> {
    const rows = await tx.sql<{ session_id: string; live: boolean }>(
      `SELECT session_id, ended_at IS NULL AS live FROM sessions
       WHERE tenant = $1 AND subject_id = ANY($2) AND epoch < $3::bigint AND ($4::timestamptz IS NULL OR judged_at <= $4)
         AND (ended_at IS NULL OR told_at IS NULL AND revocation_id IS DISTINCT FROM $5::uuid AND cause <> 'refused')`,
      [tx.tenant, subjects, of.before.toString(), of.upTo, of.exceptRevocationId],
    );
    const ids = (live: boolean) => rows.filter((row) => row.live === live).map((row) => row.session_id);
    return { live: ids(true), untold: ids(false) };
  }
}
