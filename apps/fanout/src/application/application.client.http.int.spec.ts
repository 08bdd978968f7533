import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { createServer as createHttpsServer } from 'node:https';
import type { RunningConfig } from '@curfew/runtime';
import { TestAuthority, type Certificate } from '@curfew/testing';
import { afterAttempt, type Delivery } from '../delivery/delivery.js';
import { HttpApplicationClient } from './application.client.http.js';
import type { Application } from './application.js';
import { faultOf } from './connection-fault.js';

const LIMIT_MS = 2_000;

describe('F-54 an application whose TLS is at fault', () => {
  const authority = new TestAuthority();
  const another = new TestAuthority();
  const client = new HttpApplicationClient({ allowedPrivateDestinations: ['127.0.0.0/8'] } as unknown as RunningConfig);
  const servers: Server[] = [];

  const listen = async (server: Server): Promise<string> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}/logout`;
  };
  const showing = (certificate: Certificate) =>
    listen(createHttpsServer(certificate, (_request, response) => response.end()));
  const application = (clientId: string, backchannelLogoutUri: string): Application =>
    ({ tenant: 't', clientId, version: 1, backchannelLogoutUri, tls: { ca: authority.ca } }) as unknown as Application;
  const post = (clientId: string, uri: string): Promise<string> =>
    client.post(application(clientId, uri), 'a token', LIMIT_MS).then(
      ({ status }) => String(status),
      (error: unknown) => faultOf(error),
    );

  afterAll(async () => {
    await client.close();
    for (const server of servers) server.close();
    authority.remove();
    another.remove();
  });

  it.each([
    ['has expired', () => showing(authority.certificate('IP:127.0.0.1', { days: -1 })), /^tls_certificate_expired: /],
    ['is nobody’s we know', () => showing(another.certificate('IP:127.0.0.1')), /^tls_certificate_untrusted: /],
    ['is signed by itself', () => showing(another.selfSigned), /^tls_certificate_untrusted: /],
    ['is another host’s', () => showing(authority.certificate('DNS:app.example')), /^tls_wrong_host: /],
    [
      'is none, but plain HTTP',
      () => listen(createHttpServer((_request, response) => response.end())),
      /^tls_failed: [\w ]+$/,
    ],
    ['never comes', () => listen(createTcpServer(() => undefined)), /^tls_handshake_timeout: /],
  ])('whose certificate %s: says so the same each time', async (what, serve, reason) => {
    const uri = await serve();
    const first = await post(what, uri);
    expect(first).toMatch(reason);
    expect(await post(what, uri)).toBe(first);
  });

  it('is asked again as one that can’t be reached, and answers once its certificate is renewed', async () => {
    let certificate = authority.certificate('IP:127.0.0.1', { days: -1 });
    const server = createHttpsServer(certificate, (_request, response) => response.end());
    const uri = await listen(server);
    const detail = await post('renews', uri);
    const now = new Date();
    const delivery = { attempts: 1, rejections: 0, plannedAt: now, requeuedAt: null, firstRejectedAt: null };
    const attempt = { number: 1, jti: null, startedAt: now, finishedAt: now };
    expect(
      afterAttempt(
        { ...delivery, deadlineAt: new Date(now.getTime() + 60_000) } as unknown as Delivery,
        { ...attempt, outcome: { kind: 'unreachable', detail } },
        0.5,
      ),
    ).toMatchObject({ state: 'planned', rejections: 0, dueAt: expect.any(Date) as Date });
    certificate = authority.certificate('IP:127.0.0.1');
    server.setSecureContext(certificate);
    expect(await post('renews', uri)).toBe('200');
  });

  it('slows nobody else, however many handshakes hang', async () => {
    const [hangs, well] = await Promise.all([
      listen(createTcpServer(() => undefined)),
      showing(authority.certificate('IP:127.0.0.1')),
    ]);
    let hanging = 40;
    const stalled = Array.from({ length: hanging }, () =>
      post('hangs', hangs).then((said) => {
        hanging--;
        return said;
      }),
    );
    for (let round = 0; round < 5; round++) expect(await post('well', well)).toBe('200');
    expect(hanging).toBe(40); // all of it while not one of those was given up
    for (const said of await Promise.all(stalled)) expect(said).toMatch(/^tls_handshake_timeout: /);
  });
});
