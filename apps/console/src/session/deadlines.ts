import type { Principal } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { ServiceError, Services } from '../proxy/services.client.js';
import { deadlineByKey, IDLE_MS, type Deadline } from './administrator.js';

/** How long the console itself keeps somebody signed in: as the tenant's own policy says. */
@Injectable()
export class Deadlines {
  constructor(private readonly services: Services) {}

  /**
   * Their person did something. Who came through the tenant's provider has a session of the console, which is judged like
   * any other; for an API key, which is nobody's session, the default's idle limit holds. Undefined: it is over.
   */
  async afterActivity(
    { person }: Pick<Principal, 'person'>,
    key: string,
    signedInAt: Date,
    now: Date,
  ): Promise<Deadline | undefined> {
    if (!person) return deadlineByKey(signedInAt, now, await this.idleMs(key));
    try {
      const path = '/v1/administrators/renew';
      const { expiresAt, endsBy } = await this.services.call<{ expiresAt: string; endsBy: Deadline['by'] }>({
        ...{ key, method: 'POST', path },
      });
      return { at: new Date(expiresAt), by: endsBy };
    } catch (error) {
      if (error instanceof ServiceError && error.status === 401) return undefined;
      throw error;
    }
  }

  private async idleMs(key: string): Promise<number> {
    const policy = await this.services
      .read<{ idleSeconds: number | null }>({ key, path: '/v1/policies/default' })
      .catch(() => undefined);
    return policy?.idleSeconds ? policy.idleSeconds * 1000 : IDLE_MS;
  }
}
