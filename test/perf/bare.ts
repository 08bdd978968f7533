import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { Pool } from 'undici';
import { answer, clock } from './child.js';

/**
 * What everything is compared with: one thread, all applications at once, one RS256-2048 token each by `crypto.sign`,
 * POSTed over warm undici pools; nothing durable, nothing decided, nothing recorded.
 */
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const header = base64url({ alg: 'RS256', typ: 'logout+jwt', kid: 'bare' });
let pools: Pool[] = [];

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

async function tell(pool: Pool, application: number): Promise<void> {
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'http://127.0.0.1:4100',
    aud: `app-${application}`,
    iat,
    exp: iat + 120,
    jti: randomUUID(),
    sid: randomUUID(),
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  };
  const input = `${header}.${base64url(claims)}`;
  const token = `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
  const { body } = await pool.request({
    method: 'POST',
    path: '/logout',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `logout_token=${token}`,
  });
  await body.dump();
}

answer({
  connect: (ports: number[]) => {
    pools = ports.map((port) => new Pool(`http://127.0.0.1:${port}`, { connections: 32 }));
  },
  /** One token to each of the first `applications`; when it began. */
  round: async (applications: number) => {
    const startedAt = clock();
    await Promise.all(pools.slice(0, applications).map(tell));
    return startedAt;
  },
  /** So many people with a session at each of `applications`, so many of them at once; tokens a second. */
  throughput: async ({ people, applications, atOnce }: { people: number; applications: number; atOnce: number }) => {
    const startedAt = clock();
    let next = 0;
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (next++ < people) await Promise.all(pools.slice(0, applications).map(tell));
      }),
    );
    return (people * applications) / ((clock() - startedAt) / 1000);
  },
});
