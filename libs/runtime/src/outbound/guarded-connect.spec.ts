import { lookup } from 'node:dns';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import { parseCidrs } from './destination.js';
import { guardedConnector } from './guarded-connect.js';

jest.mock('node:dns', () => ({ ...jest.requireActual<object>('node:dns'), lookup: jest.fn() }));

/** Each look-up of a name takes the next answer; the last one stays. */
function resolvesTo(...answers: string[][]): void {
  jest.mocked(lookup).mockImplementation(((_host: string, _options: object, callback: (...args: unknown[]) => void) => {
    const addresses = answers.length > 1 ? answers.shift()! : answers[0]!;
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  }) as never);
}

describe('a guarded connection', () => {
  /** Two machines inside: where 127.0.0.1 leads, and where 127.0.0.2 does, at one port. */
  const reached: string[] = [];
  let servers: Server[];
  let port: number;

  beforeAll(async () => {
    servers = ['127.0.0.1', '127.0.0.2'].map((address) =>
      createServer((_, response) => response.end()).on('connection', () => reached.push(address)),
    );
    await new Promise<void>((resolve) => servers[0]!.listen(0, '127.0.0.1', resolve));
    port = (servers[0]!.address() as AddressInfo).port;
    await new Promise<void>((resolve) => servers[1]!.listen(port, '127.0.0.2', resolve));
  });
  beforeEach(() => {
    reached.length = 0;
    jest.mocked(lookup).mockReset();
  });
  afterAll(() => {
    for (const server of servers) server.close();
    for (const server of servers) server.closeAllConnections();
  });

  async function get(host: string, allowed: string[] = []): Promise<number | string> {
    const agent = new Agent({ connect: guardedConnector(parseCidrs(allowed), null) });
    try {
      const { statusCode, body } = await agent.request({ origin: `http://${host}:${port}`, path: '/', method: 'GET' });
      await body.dump();
      return statusCode;
    } catch (error) {
      return (error as { code: string }).code;
    } finally {
      await agent.destroy();
    }
  }

  it.each(['127.0.0.1', '2130706433', '0x7f.1', '0.0.0.0', '[::ffff:127.0.0.1]', '[::1]', '169.254.169.254'])(
    'F-56: is not made to %s, though nobody asked a resolver',
    async (host) => {
      resolvesTo(['127.0.0.1']);
      expect(await get(host)).toBe('destination_forbidden');
      expect(reached).toEqual([]);
    },
  );

  it('F-56: is not made where any of a name’s addresses is inside', async () => {
    resolvesTo(['93.184.216.34', '127.0.0.1']);
    expect(await get('app.acme.test')).toBe('destination_forbidden');
    resolvesTo(['::ffff:127.0.0.1']);
    expect(await get('app.acme.test')).toBe('destination_forbidden');
    resolvesTo([]);
    expect(await get('app.acme.test')).toBe('destination_forbidden');
    expect(reached).toEqual([]);
  });

  it('is not made to a metadata service, whatever is allowed', async () => {
    resolvesTo(['127.0.0.1']);
    expect(await get('metadata.google.internal', ['0.0.0.0/0'])).toBe('destination_forbidden');
    expect(reached).toEqual([]);
  });

  it('F-56: goes to the address that was checked, whatever the name leads to a moment later', async () => {
    resolvesTo(['127.0.0.1'], ['127.0.0.2']);
    expect(await get('rebinding.acme.test', ['127.0.0.1/32'])).toBe(200);
    expect(reached).toEqual(['127.0.0.1']);
    expect(lookup).toHaveBeenCalledTimes(1);
  });

  it('F-56: is refused at the next connection, when the name has come to lead inside', async () => {
    resolvesTo(['127.0.0.1'], ['127.0.0.2']);
    expect(await get('rebinding.acme.test', ['127.0.0.1/32'])).toBe(200);
    expect(await get('rebinding.acme.test', ['127.0.0.1/32'])).toBe('destination_forbidden');
    expect(reached).toEqual(['127.0.0.1']);
  });
});
