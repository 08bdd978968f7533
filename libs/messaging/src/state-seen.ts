import { STATE_TOPICS } from '@curfew/contracts';
import type { UnitOfWork } from './unit-of-work.js';

/** Which state topics a service has taken in from the beginning, so a new projection is filled once and only once. */
export class StateSeen {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async missing(topics: readonly string[]): Promise<readonly string[]> {
    const state = topics.filter((topic) => STATE_TOPICS.has(topic));
    if (state.length === 0) return [];
    const rows = await this.unitOfWork.run('default', (tx) =>
      tx.sql<{ topic: string }>('SELECT topic FROM state_seen WHERE topic = ANY($1)', [state]),
    );
    const seen = new Set(rows.map(({ topic }) => topic));
    return state.filter((topic) => !seen.has(topic));
  }

  async mark(topic: string): Promise<void> {
    await this.unitOfWork.run('default', (tx) =>
      tx.sql('INSERT INTO state_seen (topic) VALUES ($1) ON CONFLICT DO NOTHING', [topic]),
    );
  }
}
