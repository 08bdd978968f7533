import type { Tx } from '@curfew/messaging';
import { Injectable } from '@nestjs/common';
import type { ProfileKind, SignInProfile } from './sign-in-profile.js';

@Injectable()
export class SignInProfileStore {
  /** False when there is one of that name. */
  async insert(tx: Tx, { name, kind }: SignInProfile): Promise<boolean> {
    const rows = await tx.sql(
      'INSERT INTO sign_in_profiles (tenant, name, kind) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING name',
      [tx.tenant, name, kind],
    );
    return rows.length > 0;
  }

  async list(tx: Tx, after: string, limit: number): Promise<SignInProfile[]> {
    return tx.sql<{ name: string; kind: ProfileKind }>(
      'SELECT name, kind FROM sign_in_profiles WHERE tenant = $1 AND name > $2 ORDER BY name LIMIT $3',
      [tx.tenant, after, limit],
    );
  }

  async kinds(tx: Tx): Promise<Map<string, ProfileKind>> {
    const rows = await tx.sql<SignInProfile>('SELECT name, kind FROM sign_in_profiles WHERE tenant = $1', [tx.tenant]);
    return new Map(rows.map(({ name, kind }) => [name, kind]));
  }

  async get(tx: Tx, name: string): Promise<SignInProfile | undefined> {
    const [row] = await tx.sql<{ name: string; kind: ProfileKind }>(
      'SELECT name, kind FROM sign_in_profiles WHERE tenant = $1 AND name = $2',
      [tx.tenant, name],
    );
    return row;
  }

  async remove(tx: Tx, name: string): Promise<void> {
    await tx.sql('DELETE FROM sign_in_profiles WHERE tenant = $1 AND name = $2', [tx.tenant, name]);
  }

  /** Whether a rule names it. */
  async isInUse(tx: Tx, name: string): Promise<boolean> {
    const rows = await tx.sql('SELECT 1 FROM sign_in_rules WHERE tenant = $1 AND (profile = $2 OR mfa = $2) LIMIT 1', [
      tx.tenant,
      name,
    ]);
    return rows.length > 0;
  }
}
