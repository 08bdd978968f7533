import { createHash } from 'node:crypto';
import { fastify } from 'fastify';
import { Redis } from 'ioredis';
import { answer } from './child.js';

/**
 * What a check is compared with: one Fastify route that asks one Redis script whether a session is there and how long
 * it goes on. No key, no tenant, no barrier, no clock but Redis's fields.
 */
const SCRIPT = `
local s = redis.call('HMGET', KEYS[1], 'subject', 'client', 'expires')
if not s[1] or tonumber(s[3]) <= tonumber(ARGV[1]) then return {'0'} end
return {'1', s[1], s[2], s[3]}`;
const sha = createHash('sha1').update(SCRIPT).digest('hex');
const redis = new Redis(process.env.BENCH_REDIS_URL!, { enableAutoPipelining: true });
const server = fastify();
server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
  done(null, Object.fromEntries(new URLSearchParams(body as string))),
);
server.post('/oauth2/introspect', async (request) => {
  const { token } = request.body as { token: string };
  const [active, sub, clientId, expires] = (await redis.evalsha(sha, 1, `bare:${token}`, Date.now())) as string[];
  return active === '1' ? { active: true, sub, client_id: clientId, exp: Number(expires) } : { active: false };
});

answer({
  start: async (tokens: readonly string[]) => {
    await redis.script('LOAD', SCRIPT);
    const expires = Date.now() + 3_600_000;
    for (const token of tokens) await redis.hset(`bare:${token}`, { subject: 's', client: 'c', expires });
    return server.listen({ host: '127.0.0.1', port: 0 });
  },
});
