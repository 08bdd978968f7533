import { randomUUID } from 'node:crypto';
import type { CurfewEvent, ProblemCode } from '@curfew/contracts';
import { CheckDestination } from '@curfew/runtime';
import { openServiceDatabase, type ServiceDatabase } from '@curfew/testing';
import { CAEP, RISC, Transmitter as Idp } from '../../../../test/support/transmitter.js';
import { GuardSource } from '../guard/guard-source.js';
import { GuardStore } from '../guard/guard.store.js';
import { ReceiveSignal } from '../signal/receive-signal.js';
import { SignalStore } from '../signal/signal.store.js';
import { signals } from '../signals.module.js';
import { Discover } from '../transmitter/discover.js';
import { PollStore } from '../transmitter/poll.store.js';
import { RegisterTransmitter, type TransmitterWithSecret } from '../transmitter/register-transmitter.js';
import { TransmitterKeys } from '../transmitter/transmitter-keys.js';
import { HttpTransmitterClient } from '../transmitter/transmitter.client.http.js';
import { TransmitterStore } from '../transmitter/transmitter.store.js';
import { ReceiveSet } from './receive-set.js';
import { SecurityEventStore } from './security-event.store.js';
import { TakeInSet } from './take-in-set.js';

const ada = { format: 'email', email: 'ada@acme.test' };
const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/';

describe('security events on real PostgreSQL', () => {
  let db: ServiceDatabase;
  let idp: Idp;
  let client: HttpTransmitterClient;
  let store: TransmitterStore;
  let register: RegisterTransmitter;
  let receive: ReceiveSet;
  beforeAll(async () => {
    [db, idp] = await Promise.all([openServiceDatabase('signals', signals.migrations), Idp.start()]);
    const config = { ...db.config, allowedPrivateDestinations: ['127.0.0.0/8'] };
    client = new HttpTransmitterClient(config);
    store = new TransmitterStore(db.sweeper);
    const destinations = new CheckDestination(config);
    register = new RegisterTransmitter(
      ...([config, db.unitOfWork, store, new PollStore(db.sweeper)] as const),
      new Discover(client, destinations),
      destinations,
    );
    const guard = new GuardSource(new GuardStore(db.sweeper));
    const receiveSignal = new ReceiveSignal(db.unitOfWork, new SignalStore(db.sweeper), guard);
    const keys = new TransmitterKeys(client, db.log);
    const takeIn = new TakeInSet(db.unitOfWork, new SecurityEventStore(), store, keys, receiveSignal, db.log);
    receive = new ReceiveSet(config, db.unitOfWork, store, takeIn, db.log);
  });
  afterEach(() => db.owner.query(`UPDATE test_clock SET ahead = interval '0'`));
  afterAll(() => Promise.all([db.close(), idp.close(), client.onApplicationShutdown()]));

  const by = (tenant: string) => ({ tenant, actor: 'key:1' });
  const newTransmitter = (tenant: string, more: object = {}) =>
    register.register(by(tenant), {
      ...{ name: 'idp', issuer: idp.issuer, audience: [idp.audience], algorithms: ['RS256'], tolerates: [] },
      ...{ enabled: true, pollUrl: null, ...more },
    });
  const push = ({ transmitterId, secret }: Pick<TransmitterWithSecret, 'transmitterId' | 'secret'>, token: string) =>
    receive.execute(transmitterId, `Bearer ${secret}`, token);
  const told = async (tenant: string): Promise<CurfewEvent<Record<string, unknown>>[]> => {
    const { rows } = await db.owner.query<{ message: string }>(
      'SELECT message FROM outbox WHERE tenant = $1 ORDER BY id',
      [tenant],
    );
    return rows
      .map(({ message }) => JSON.parse(message) as CurfewEvent<Record<string, unknown>>)
      .filter(({ type }) => !/transmitter\.(created|updated)/.test(type));
  };
  const refused = (code: ProblemCode) => expect.objectContaining({ code }) as Error;

  it('F-65 one effect of many copies at once, also where it is signed anew', async () => {
    const tenant = randomUUID();
    const transmitter = await newTransmitter(tenant);
    const jti = randomUUID();
    const again = () => idp.set(`${CAEP}session-revoked`, ada, {}, { jti, txn: randomUUID() });
    await Promise.all(Array.from({ length: 20 }, async () => push(transmitter, await again())));
    expect(await told(tenant)).toMatchObject([
      {
        type: 'curfew.signal.received.v1',
        data: { signalType: 'sessions.revoked', sourceEventId: jti, subject: { email: ada.email } },
      },
    ]);
  });

  it('F-67 an old jti for something else is refused, and is one line', async () => {
    const tenant = randomUUID();
    const transmitter = await newTransmitter(tenant);
    const jti = randomUUID();
    await push(transmitter, await idp.set(`${CAEP}session-revoked`, ada, {}, { jti }));
    const other = await idp.set(`${CAEP}session-revoked`, { ...ada, email: 'bob@acme.test' }, {}, { jti });
    await expect(push(transmitter, other)).rejects.toThrow(refused('set_invalid_request'));
    expect((await told(tenant)).map(({ type, data }) => [type, data.err, data.jti])).toEqual([
      ['curfew.signal.received.v1', undefined, undefined],
      ['curfew.security-event.refused.v1', 'invalid_request', jti],
    ]);
  });

  it('F-68 who is not its transmitter is refused without a word why, and nobody is asked for keys', async () => {
    const tenant = randomUUID();
    const transmitter = await newTransmitter(tenant);
    const token = await idp.set(`${CAEP}session-revoked`, ada);
    const before = idp.asked.length;
    for (const authorization of [undefined, 'Bearer wrong', `Basic ${transmitter.secret}`, transmitter.secret])
      await expect(receive.execute(transmitter.transmitterId, authorization, token)).rejects.toEqual(
        refused('set_authentication_failed'),
      );
    await expect(push({ ...transmitter, transmitterId: 'ssf_none' }, token)).rejects.toThrow(
      refused('set_authentication_failed'),
    );
    await register.change(by(tenant), transmitter.transmitterId, { enabled: false });
    await expect(push(transmitter, token)).rejects.toThrow(refused('set_authentication_failed'));
    expect(idp.asked).toHaveLength(before);
    expect((await told(tenant)).map(({ data }) => data.reason)).toEqual([
      ...['no bearer token', 'wrong bearer token', 'no bearer token', 'no bearer token', 'transmitter disabled'],
    ]);
    const open = await newTransmitter(tenant, { name: 'open', tolerates: ['no-authorization'] });
    await receive.execute(open.transmitterId, undefined, token);
    await expect(receive.execute(open.transmitterId, 'Bearer wrong', token)).rejects.toThrow(
      refused('set_authentication_failed'),
    );
  });

  it('all events of a token are taken or none; what leads to nothing is noted with the reason', async () => {
    const tenant = randomUUID();
    const transmitter = await newTransmitter(tenant);
    const both = (sub_id: unknown) =>
      idp.sign({ ...idp.usual(), sub_id, events: { [`${RISC}account-disabled`]: {}, [`${RISC}opt-in`]: {} } });
    await push(transmitter, await both(ada));
    expect((await told(tenant)).map(({ type }) => type)).toEqual([
      'curfew.signal.received.v1',
      'curfew.security-event.noted.v1',
    ]);
    const bad = { [`${RISC}opt-in`]: {}, [`${CAEP}session-revoked`]: {} };
    const token = await idp.sign({ ...idp.usual(), sub_id: { format: 'email' }, events: bad });
    await expect(push(transmitter, token)).rejects.toThrow(refused('set_invalid_request'));
    expect((await told(tenant)).slice(2).map(({ type }) => type)).toEqual(['curfew.security-event.refused.v1']);
  });

  it('a verification that nobody asked for by its state is refused; one without counts, and the stream says how it is', async () => {
    const tenant = randomUUID();
    const transmitter = await newTransmitter(tenant);
    const stream = { format: 'opaque', id: 'stream-1' };
    const get = async () => (await db.unitOfWork.run(tenant, (tx) => store.get(tx, transmitter.transmitterId)))!;
    await expect(push(transmitter, await idp.set(`${SSF}verification`, stream, { state: 'x' }))).rejects.toThrow(
      refused('set_invalid_state'),
    );
    expect((await get()).transmitter.verifiedAt).toBeNull();
    await push(transmitter, await idp.set(`${SSF}verification`, stream));
    await push(transmitter, await idp.set(`${SSF}stream-updated`, stream, { status: 'paused', reason: 'upgrade' }));
    expect((await get()).transmitter).toMatchObject({
      verifiedAt: expect.any(Date) as Date,
      streamStatus: 'paused',
      streamStatusReason: 'upgrade',
    });
    expect((await told(tenant)).map(({ type }) => type)).toEqual([
      'curfew.security-event.refused.v1',
      'curfew.transmitter-stream.changed.v1',
    ]);
  });

  it('the secret before is taken until the overlap is over; nowhere does one stand in the clear', async () => {
    const tenant = randomUUID();
    const first = await newTransmitter(tenant);
    const second = await register.rotate(by(tenant), first.transmitterId, 60);
    const token = () => idp.set(`${CAEP}session-revoked`, ada);
    await push(first, await token());
    await db.owner.query(`UPDATE test_clock SET ahead = interval '61 seconds'`);
    await expect(push(first, await token())).rejects.toThrow(refused('set_authentication_failed'));
    await push(second, await token());
    const { rows } = await db.owner.query<{ row: string }>('SELECT transmitters::text AS row FROM transmitters');
    for (const { row } of rows) for (const { secret } of [first, second]) expect(row).not.toContain(secret);
  });

  it('I7 a transmitter is its tenant’s; its metadata must be its own, and lead nowhere inside', async () => {
    const [acme, globex] = [randomUUID(), randomUUID()];
    const { transmitterId } = await newTransmitter(acme);
    await newTransmitter(globex);
    await expect(newTransmitter(acme)).rejects.toThrow(refused('transmitter_exists'));
    for (const work of [
      () => register.change(by(globex), transmitterId, { enabled: false }),
      () => register.rotate(by(globex), transmitterId, 0),
      () => register.remove(by(globex), transmitterId),
    ])
      await expect(work()).rejects.toThrow(refused('transmitter_not_found'));
    await expect(newTransmitter(acme, { name: 'b', issuer: `${idp.issuer}/` })).rejects.toThrow(
      refused('transmitter_undiscoverable'),
    );
    await expect(newTransmitter(acme, { name: 'b', issuer: `${idp.issuer}/other` })).rejects.toThrow(
      refused('transmitter_undiscoverable'),
    );
    await expect(newTransmitter(acme, { name: 'b', issuer: 'http://10.0.0.1' })).rejects.toThrow(
      refused('destination_forbidden'),
    );
    await expect(newTransmitter(acme, { name: 'b', jwksUri: 'http://[::1]/jwks' })).rejects.toThrow(
      refused('destination_forbidden'),
    );
  });
});
