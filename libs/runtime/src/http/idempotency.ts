import { createHash } from 'node:crypto';
import { invalidField, Problem } from '@curfew/contracts';
import type { Tx } from '@curfew/messaging';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** A request its sender may repeat: the same key means the same effect, once. */
export interface IdempotentRequest {
  readonly holder: string;
  readonly key: string;
  readonly hash: string;
}

/** `Idempotency-Key` (draft-07: a quoted string; a bare one is taken too). Undefined when there is none. */
export const Idempotency = createParamDecorator(
  (_: unknown, context: ExecutionContext): IdempotentRequest | undefined => {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const header = request.headers['idempotency-key'];
    if (header === undefined) return undefined;
    const key = /^"?([\x21\x23-\x7e]{1,255})"?$/.exec(String(header))?.[1];
    if (!key) throw invalidField('Idempotency-Key', 'must be 1 to 255 visible ASCII characters');
    const hash = createHash('sha256')
      .update(`${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`)
      .digest('hex');
    return { holder: request.principal?.keyId ?? '', key, hash };
  },
);

/**
 * Does the work unless this request was answered before; then gives that answer. The key's row is written in the
 * transaction of the work: of a hundred copies at once one inserts it, and the others wait for that transaction.
 */
export async function once<T extends object>(
  tx: Tx,
  request: IdempotentRequest | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (!request) return work();
  const { holder, key, hash } = request;
  const inserted = await tx.sql(
    `INSERT INTO idempotency_keys (tenant, holder, key, request_hash) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING RETURNING key`,
    [tx.tenant, holder, key, hash],
  );
  if (inserted.length === 0) {
    const [earlier] = await tx.sql<{ request_hash: string; response: T }>(
      'SELECT request_hash, response FROM idempotency_keys WHERE tenant = $1 AND holder = $2 AND key = $3',
      [tx.tenant, holder, key],
    );
    if (earlier?.request_hash !== hash) throw new Problem('idempotency_key_reused');
    return earlier.response;
  }
  const response = await work();
  await tx.sql('UPDATE idempotency_keys SET response = $4 WHERE tenant = $1 AND holder = $2 AND key = $3', [
    tx.tenant,
    holder,
    key,
    JSON.stringify(response),
  ]);
  return response;
}
