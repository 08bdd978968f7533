import { etagOf } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import type { EnforcementView } from './enforcement.store.js';
import { SavePolicy, type SavedPolicy } from './save-policy.js';

export interface SaveAnswer extends SavedPolicy {
  /** What it does to live sessions: with counts once that is done. */
  readonly enforcement: EnforcementView | null;
  readonly warnings: readonly string[];
}

interface Reply {
  header(name: string, value: string): unknown;
}

/** What every save is answered with, at once or when it is enforced. */
@Injectable()
export class AnswerSave {
  constructor(private readonly savePolicy: SavePolicy) {}

  async execute(
    tenant: string,
    saved: SavedPolicy,
    waitMs: number,
    reply: Reply,
    warnings: readonly string[] = [],
  ): Promise<SaveAnswer> {
    void reply.header('etag', etagOf(saved.version));
    const { enforcementId } = saved;
    const enforcement =
      enforcementId === null ? null : await this.savePolicy.enforcement(tenant, enforcementId, waitMs);
    return { ...saved, enforcement, warnings };
  }
}
