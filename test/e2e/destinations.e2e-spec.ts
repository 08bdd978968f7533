import { randomUUID } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

/** None of these is an address an application may be told at; the product under test allows 127.0.0.0/8 only. */
const FORBIDDEN: readonly (readonly [string, string])[] = [
  ['10.0.0.0/8', 'https://10.1.2.3/logout'],
  ['172.16.0.0/12', 'https://172.16.0.1/logout'],
  ['192.168.0.0/16', 'https://192.168.1.1/logout'],
  ['link-local', 'https://169.254.1.1/logout'],
  ['cloud metadata', 'http://169.254.169.254/latest/meta-data/'],
  ['cloud metadata by name', 'http://metadata.google.internal/computeMetadata/v1/'],
  ['shared address space', 'https://100.64.0.1/logout'],
  ['this network', 'https://0.0.0.0/logout'],
  ['broadcast', 'https://255.255.255.255/logout'],
  ['multicast', 'https://224.0.0.1/logout'],
  ['IPv6 loopback', 'https://[::1]/logout'],
  ['IPv6 unspecified', 'https://[::]/logout'],
  ['IPv6 unique local', 'https://[fd00::1]/logout'],
  ['IPv6 link-local', 'https://[fe80::1]/logout'],
  ['IPv4 in IPv6', 'https://[::ffff:10.1.2.3]/logout'],
  ['IPv4 in IPv6, in hexadecimal', 'https://[::ffff:a01:203]/logout'],
  ['NAT64', 'https://[64:ff9b::a01:203]/logout'],
  ['6to4', 'https://[2002:a01:203::1]/logout'],
  ['one number', 'https://167838211/logout'],
  ['hexadecimal', 'https://0x0a010203/logout'],
  ['octal', 'https://0012.1.2.3/logout'],
  ['two parts', 'https://10.1/logout'],
  ['wide digits', 'https://１０.1.2.3/logout'],
];

describe('F-52 F-56 destinations', () => {
  let acme: Organisation;
  beforeAll(async () => {
    acme = await organisation(0);
  });
  afterAll(() => acme.close());

  const register = (fields: Record<string, unknown>) => {
    const clientId = `app-${randomUUID().slice(0, 8)}`;
    return acme.curfew.ask('fanout', 'POST', '/v1/applications', { clientId, name: clientId, ...fields });
  };

  it.each(FORBIDDEN)('%s is refused, at registration and at a change, for every address there is', async (_, uri) => {
    for (const field of ['backchannelLogoutUri', 'jwksUri']) {
      const answer = await register({ [field]: uri });
      expect(answer).toMatchObject({
        status: 422,
        body: { code: 'destination_forbidden', errors: [{ field, message: expect.any(String) as string }] },
      });
    }
    const { body } = await register({});
    const changed = await acme.curfew.ask('fanout', 'PATCH', `/v1/applications/${String(body.clientId)}`, {
      backchannelLogoutUri: uri,
    });
    expect(changed).toMatchObject({ status: 422, body: { code: 'destination_forbidden' } });
  });

  it('what is no https address is refused', async () => {
    for (const uri of [
      'ftp://example.com/',
      'file:///etc/passwd',
      'gopher://127.0.0.1:70/',
      'javascript:alert(1)',
      '//example.com/',
      'logout',
      'https://user:secret@127.0.0.1/',
      'https://127.0.0.1/#fragment',
      'https://',
      'http://127.0.0.1:99999/',
    ]) {
      const answer = await register({ backchannelLogoutUri: uri });
      expect([uri, answer.status, answer.body.code]).toEqual([uri, 400, 'invalid_field']);
      expect(answer.body).toMatchObject({ errors: [{ field: 'backchannelLogoutUri' }] });
    }
    const nowhere = await register({ backchannelLogoutUri: 'https://nobody.invalid/logout' });
    expect(nowhere).toMatchObject({
      status: 422,
      body: { code: 'destination_unresolvable', errors: [{ field: 'backchannelLogoutUri' }] },
    });
    const plain = await register({ backchannelLogoutUri: 'http://8.8.8.8/logout' });
    expect(plain).toMatchObject({
      status: 422,
      body: { code: 'insecure_destination', errors: [{ field: 'backchannelLogoutUri' }] },
    });
    expect((await register({ backchannelLogoutUri: 'http://127.9.8.7:1/logout' })).status).toBe(201);
  });
});

/** Answers no client should have to take, and what the delivery says of the try. */
const ANSWERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '10 MB': (response) => void response.writeHead(503).end(Buffer.alloc(10_000_000, 'x')),
  'for ever': (response) => {
    response.writeHead(503);
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  },
  'a byte now and then': (response) => {
    response.writeHead(200);
    const timer = setInterval(() => (response.destroyed ? clearInterval(timer) : response.write('x')), 200);
    timer.unref();
  },
  'a redirect inward': (response) => void response.writeHead(307, { location: 'http://127.0.0.1:1/secret' }).end(),
  'bytes that are no text': (response) => void response.writeHead(500).end(Buffer.from([0, 1, 255, 0xed, 0xa0, 0x80])),
  'a header too large': (response) => void response.writeHead(200, { 'x-large': 'x'.repeat(100_000) }).end(),
  'a compressed bomb': (response) =>
    void response.writeHead(503, { 'content-encoding': 'gzip' }).end(Buffer.alloc(1_000_000)),
};

describe('F-50 F-53 an application that answers', () => {
  let acme: Organisation;
  let inside: Server;
  let followed = 0;
  beforeAll(async () => {
    acme = await organisation(Object.keys(ANSWERS).length + 1);
    inside = createServer((_request, response) => {
      followed++;
      response.end();
    });
    await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    inside.close();
    await acme.close();
  });

  it('too much, too slowly or somewhere else is cut off, tried again, and slows nobody', async () => {
    const { curfew, applications, clientIds } = acme;
    const [well, ...bad] = applications;
    const location = `http://127.0.0.1:${(inside.address() as AddressInfo).port}/secret`;
    Object.entries(ANSWERS).forEach(([what, answer], at) => {
      bad[at]!.behaviour = (_token, _request, response) =>
        what === 'a redirect inward' ? void response.writeHead(307, { location }).end() : answer(response);
    });
    await curfew.person('ada', clientIds);
    const { signalId } = await curfew.terminate('ada');
    const deliveries = async () =>
      (
        await curfew.call<{ items: { id: string; clientId: string; state: string; attempts: number }[] }>(
          'fanout',
          'GET',
          '/v1/deliveries',
        )
      ).items;
    await until('the one that is well is told', () => well!.journal.length === 1);
    const tried = await until(
      'every other has been tried twice',
      async () => {
        const waiting = (await deliveries()).filter(({ clientId }) => clientId !== well!.clientId);
        return waiting.length === bad.length && waiting.every(({ attempts }) => attempts >= 2) && waiting;
      },
      20_000,
    );
    expect(tried.map(({ state }) => state)).toEqual(tried.map(() => 'planned'));
    for (const { id } of tried) {
      const { tries } = await curfew.call<{
        tries: { startedAt: string; finishedAt: string; status: number | null; detail: string | null }[];
      }>('fanout', 'GET', `/v1/deliveries/${id}`);
      for (const { startedAt, finishedAt, detail } of tries) {
        expect((detail ?? '').length).toBeLessThanOrEqual(500);
        expect(Date.parse(finishedAt) - Date.parse(startedAt)).toBeLessThan(4_000); // its limit is 2 s
      }
    }
    expect(followed).toBe(0);

    for (const application of bad) application.behaviour = {};
    await until(
      'each is told once it is well',
      async () => (await deliveries()).every(({ state }) => state === 'accepted'),
      20_000,
    );
    await until('and the signal is done', async () => {
      const { progress } = await curfew.call('signals', 'GET', `/v1/signals/${signalId}`);
      return progress === 'completed';
    });
  });
});
