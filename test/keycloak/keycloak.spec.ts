import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Curfew } from '../support/curfew.js';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);
/** It is fetched and built once a machine. */
const INSTALLED_WITHIN_MS = 600_000;
const REALM = 'staff';
const REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked';

interface Keycloak {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** A transmitter nobody here wrote. Its set-up costs ten seconds: in one form, and in one test. */
describe('Keycloak 26.7, as a transmitter of shared signals', () => {
  let acme: Organisation;
  let curfew: Curfew;
  let script: ChildProcess;
  let keycloak: Keycloak;
  let admin: (method: string, path: string, body?: object) => Promise<unknown>;
  beforeAll(async () => {
    const file = path.resolve(__dirname, '..', '..', 'scripts', 'keycloak.mjs');
    script = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(script, 'exit').then(([code]) => {
      throw new Error(`Keycloak could not be started: its script ended (${code}), see what it said`);
    });
    ended.catch(() => undefined); // while nobody waits for it
    const said = once(createInterface({ input: script.stdout! }), 'line');
    acme = await organisation(2, { more: { clockSkewSeconds: 0 } }); // while it starts
    ({ curfew } = acme);
    const [line] = (await Promise.race([said, ended])) as [string];
    keycloak = JSON.parse(line) as Keycloak;
    const { user, password } = keycloak;
    const form = { grant_type: 'password', client_id: 'admin-cli', username: user, password };
    const { access_token: token } = (await ask('POST', '/realms/master/protocol/openid-connect/token', {
      body: new URLSearchParams(form),
    })) as { access_token: string };
    admin = (method, address, body) =>
      ask(method, `/admin/realms${address}`, {
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
  }, INSTALLED_WITHIN_MS);
  afterAll(async () => {
    await acme?.close();
    if (script?.exitCode !== null) return;
    script.kill('SIGTERM');
    await once(script, 'exit');
  });

  const ask = async (method: string, address: string, init: RequestInit): Promise<unknown> => {
    const response = await fetch(`${keycloak.url}${address}`, { method, ...init });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${address}: ${response.status} ${text}`);
    return text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
  };

  it('an administrator who signs a person out there ends what they have at every application here', async () => {
    await admin('POST', '', {
      ...{ realm: REALM, enabled: true, sslRequired: 'none', attributes: { 'ssf.transmitterEnabled': 'true' } },
      users: ['ada', 'bob'].map((username) => ({
        ...{ username, firstName: username, lastName: 'Test', enabled: true },
        ...{ email: `${username}@acme.example`, emailVerified: true },
        credentials: [{ type: 'password', value: 'secret' }],
      })),
      clients: [
        {
          ...{ clientId: 'curfew', enabled: true, secret: 's3cret', publicClient: false, serviceAccountsEnabled: true },
          attributes: { 'ssf.enabled': 'true', 'ssf.defaultSubjects': 'ALL' },
        },
        { clientId: 'web', enabled: true, publicClient: true, directAccessGrantsEnabled: true, redirectUris: ['*'] },
      ],
    });
    const issuer = `${keycloak.url}/realms/${REALM}`;
    const [client] = (await admin('GET', `/${REALM}/clients?clientId=curfew`)) as [{ id: string }];
    const scopes = (await admin('GET', `/${REALM}/client-scopes`)) as { id: string; name: string }[];
    for (const { id } of scopes.filter(({ name }) => name.startsWith('ssf.')))
      await admin('PUT', `/${REALM}/clients/${client.id}/optional-client-scopes/${id}`);
    const users = (await admin('GET', `/${REALM}/users`)) as { id: string; username: string }[];
    const idOf = (name: string) => users.find(({ username }) => username === name)!.id;

    const { transmitterId } = await curfew.call<{ transmitterId: string }>('signals', 'POST', '/v1/transmitters', {
      name: 'keycloak',
      issuer,
      credentials: {
        ...{ clientId: 'curfew', clientSecret: 's3cret', scope: 'ssf.manage ssf.read' },
        tokenEndpoint: `${issuer}/protocol/openid-connect/token`,
      },
    });
    const at = `/v1/transmitters/${transmitterId}`;
    await curfew.call('signals', 'PUT', `${at}/stream`, { delivery: 'poll', events: [REVOKED], description: 'Curfew' });
    await until('the stream has verified itself', async () => {
      const { verifiedAt } = await curfew.call('signals', 'GET', at);
      return verifiedAt !== null;
    });
    expect(await curfew.call('signals', 'GET', `${at}/stream/status`)).toMatchObject({ status: 'enabled' });

    for (const name of ['ada', 'bob']) {
      await curfew.person(name, acme.clientIds);
      await curfew.call('registry', 'PUT', `/v1/subjects/${name}`, { accounts: [{ iss: issuer, sub: idOf(name) }] });
      await ask('POST', `/realms/${REALM}/protocol/openid-connect/token`, {
        body: new URLSearchParams({ grant_type: 'password', client_id: 'web', username: name, password: 'secret' }),
      });
    }
    const sids = (await curfew.sessions({ subject: 'ada' })).map(({ sid }) => sid);
    await admin('POST', `/${REALM}/users/${idOf('ada')}/logout`);
    await until(
      'every application was told',
      () => acme.applications.every(({ ended }) => sids.some((sid) => ended.has(sid))),
      30_000,
    );
    expect(await curfew.sessions({ subject: 'ada', status: 'live' })).toEqual([]);
    expect(await curfew.sessions({ subject: 'bob', status: 'live' })).toHaveLength(2);
    await curfew.call('signals', 'DELETE', `${at}/stream`);
  });
});
