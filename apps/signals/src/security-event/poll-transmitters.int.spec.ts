import { randomUUID } from 'node:crypto';
import type { CurfewEvent, ProblemCode } from '@curfew/contracts';
import { CheckDestination } from '@curfew/runtime';
import { openServiceDatabase, type ServiceDatabase } from '@curfew/testing';
import { CAEP, SSF, Transmitter as Idp } from '../../../../test/support/transmitter.js';
import { until } from '../../../../test/support/until.js';
import { GuardSource } from '../guard/guard-source.js';
import { GuardStore } from '../guard/guard.store.js';
import { ReceiveSignal } from '../signal/receive-signal.js';
import { SignalStore } from '../signal/signal.store.js';
import { signals } from '../signals.module.js';
import { AccessTokens } from '../transmitter/access-tokens.js';
import { Discover } from '../transmitter/discover.js';
import { ManageStream } from '../transmitter/manage-stream.js';
import { PollStore } from '../transmitter/poll.store.js';
import { RegisterTransmitter } from '../transmitter/register-transmitter.js';
import { TransmitterKeys } from '../transmitter/transmitter-keys.js';
import { HttpTransmitterClient } from '../transmitter/transmitter.client.http.js';
import { TransmitterStore } from '../transmitter/transmitter.store.js';
import { PollTransmitters } from './poll-transmitters.js';
import { SecurityEventStore } from './security-event.store.js';
import { TakeInSet } from './take-in-set.js';

const ada = { format: 'email', email: 'ada@acme.test' };
const REVOKED = `${CAEP}session-revoked`;

describe('transmitters that are asked, on real PostgreSQL', () => {
  let db: ServiceDatabase;
  let client: HttpTransmitterClient;
  let store: TransmitterStore;
  let register: RegisterTransmitter;
  let manage: ManageStream;
  let newTakeIn: () => TakeInSet;
  let idp: Idp;
  let tenant: string;
  const pollers: PollTransmitters[] = [];
  beforeAll(async () => {
    db = await openServiceDatabase('signals', signals.migrations);
    const config = { ...db.config, allowedPrivateDestinations: ['127.0.0.0/8'] };
    client = new HttpTransmitterClient(config);
    store = new TransmitterStore(db.sweeper);
    const destinations = new CheckDestination(config);
    const discover = new Discover(client, destinations);
    const polls = new PollStore(db.sweeper);
    register = new RegisterTransmitter(config, db.unitOfWork, store, polls, discover, destinations);
    const tokens = new AccessTokens(config, client);
    manage = new ManageStream(config, db.unitOfWork, store, polls, discover, tokens, client, destinations, db.log);
    const guard = new GuardSource(new GuardStore(db.sweeper));
    const receiveSignal = new ReceiveSignal(db.unitOfWork, new SignalStore(db.sweeper), guard);
    const keys = new TransmitterKeys(client, db.log);
    newTakeIn = () => new TakeInSet(db.unitOfWork, new SecurityEventStore(), store, keys, receiveSignal, db.log);
  });
  beforeEach(async () => {
    idp = await Idp.start();
    tenant = randomUUID();
  });
  afterEach(async () => {
    await Promise.all(pollers.splice(0).map((poller) => poller.beforeApplicationShutdown()));
    await idp.close();
    await db.owner.query('DELETE FROM transmitters; DELETE FROM polls');
  });
  afterAll(() => Promise.all([db.close(), client.onApplicationShutdown()]));

  const caller = () => ({ tenant, actor: 'key:1' });
  const newTransmitter = (more: object = {}) =>
    register.register(caller(), {
      ...{ name: 'idp', issuer: idp.issuer, audience: [idp.audience], algorithms: ['RS256'], tolerates: [] },
      ...{ enabled: true, pollUrl: `${idp.issuer}/poll`, credentials: { token: 'access' }, ...more },
    });
  /** As another instance has it. */
  const start = (takeIn = newTakeIn()): PollTransmitters => {
    const tokens = new AccessTokens(db.config, client);
    const poller = new PollTransmitters(
      db.unitOfWork,
      new PollStore(db.sweeper),
      store,
      tokens,
      client,
      takeIn,
      db.log,
    );
    pollers.push(poller);
    poller.onApplicationBootstrap();
    return poller;
  };
  const told = async (): Promise<CurfewEvent<Record<string, unknown>>[]> => {
    const { rows } = await db.owner.query<{ message: string }>(
      'SELECT message FROM outbox WHERE tenant = $1 ORDER BY id',
      [tenant],
    );
    return rows
      .map(({ message }) => JSON.parse(message) as CurfewEvent<Record<string, unknown>>)
      .filter(({ type }) => !/transmitter\.(created|updated)/.test(type));
  };
  const jtis = async () => (await told()).map(({ data }) => data.sourceEventId ?? data.jti).sort();
  const emptied = () => until('everything is acknowledged', () => idp.waiting.size === 0);

  it('RFC 8936: of several instances one asks; each token is taken once and acknowledged, a wrong one is told why', async () => {
    const said = [];
    // More than are sent at once, and fewer than would be held until a human has decided.
    for (let n = 0; n < 90; n++) said.push(await idp.say(REVOKED, ada));
    const wrong = await idp.say(REVOKED, ada, {}, { aud: 'somebody-else' });
    const renamed = await idp.say(REVOKED, ada, {}, { jti: 'another' });
    await newTransmitter();
    for (let n = 0; n < 3; n++) start();
    await emptied();
    expect(await jtis()).toEqual([...said, wrong, 'another'].sort());
    expect(idp.errors).toMatchObject({ [wrong]: { err: 'invalid_audience' }, [renamed]: { err: 'invalid_request' } });
    const polls = idp.askedFor('/poll');
    expect(polls.flatMap(({ body }) => body.ack ?? []).sort()).toEqual([...said].sort());
  });

  it('one that ends between keeping a token and acknowledging it loses nothing and doubles nothing', async () => {
    const jti = await idp.say(REVOKED, ada);
    const ending = newTakeIn();
    let taken = 0;
    const execute = ending.execute.bind(ending);
    ending.execute = async (...given) => {
      await execute(...given);
      if (++taken === 1) throw new Error('it is on disk, and nobody was told');
    };
    await newTransmitter();
    // Whoever had the turn is gone, and said no word.
    await db.owner.query(
      `UPDATE polls SET holder = gen_random_uuid(), held_until = clock_timestamp() + interval '1 second' WHERE tenant = $1`,
      [tenant],
    );
    start(ending);
    await emptied();
    expect(taken).toBe(2);
    expect(idp.askedFor('/poll').flatMap(({ body }) => body.ack ?? [])).toEqual([jti]);
    expect(await jtis()).toEqual([jti]);
  });

  it('nothing is acknowledged that could not be kept; it is asked again, later each time, until it answers', async () => {
    const jti = await idp.say(REVOKED, ada);
    idp.failing.set('/jwks', 503);
    const { transmitterId } = await newTransmitter();
    start();
    const failures = async () =>
      (
        await db.owner.query<{ failures: number }>('SELECT failures FROM polls WHERE transmitter_id = $1', [
          transmitterId,
        ])
      ).rows[0]!.failures;
    await until('it has failed', async () => (await failures()) > 0);
    expect(idp.waiting.size).toBe(1);
    expect(await told()).toEqual([]);
    idp.failing.clear();
    await db.owner.query('UPDATE polls SET due_at = clock_timestamp()');
    await emptied();
    expect(await jtis()).toEqual([jti]);
    expect(await failures()).toBe(0);
  });

  it('one that is disabled or removed is asked no more', async () => {
    const { transmitterId } = await newTransmitter();
    start();
    await until('it is asked', () => idp.askedFor('/poll').length > 0);
    await register.change(caller(), transmitterId, { enabled: false });
    expect((await db.owner.query('SELECT 1 FROM polls WHERE tenant = $1', [tenant])).rowCount).toBe(0);
    // An answer that is under way may hold it: it is not taken, and not acknowledged.
    const jti = await idp.say(REVOKED, ada);
    await Promise.all(pollers.splice(0).map((poller) => poller.beforeApplicationShutdown()));
    expect([await told(), [...idp.waiting.keys()]]).toEqual([[], [jti]]);
    start();
    await register.change(caller(), transmitterId, { enabled: true });
    await emptied();
    expect(await jtis()).toEqual([jti]);
  });

  describe('a stream there', () => {
    const client = () => ({
      clientId: 'curfew',
      clientSecret: 's3cret',
      tokenEndpoint: `${idp.issuer}/token`,
      scope: 'ssf.manage',
    });
    const wish = { events: [REVOKED], description: 'ours' };
    const refused = (code: ProblemCode) => expect.objectContaining({ code }) as Error;

    it('is set up by its metadata to be polled, as our client there; verifies itself; is paused and ended', async () => {
      const { transmitterId } = await newTransmitter({ audience: [], pollUrl: null, credentials: client() });
      start();
      const made = await manage.setUp(caller(), transmitterId, { ...wish, pushTo: null });
      expect(made).toMatchObject({ streamId: 'f1', audience: [idp.audience], pollUrl: `${idp.issuer}/poll` });
      expect(idp.askedFor('/token')[0]).toMatchObject({
        authorization: `Basic ${Buffer.from('curfew:s3cret').toString('base64')}`,
        body: { grant_type: 'client_credentials', scope: 'ssf.manage' },
      });
      await until('it has verified itself', async () => {
        const stored = await db.unitOfWork.run(tenant, (tx) => store.get(tx, transmitterId));
        return stored!.transmitter.verifiedAt !== null;
      });
      await emptied();
      expect(await manage.status(caller(), transmitterId, { status: 'paused', reason: null })).toEqual({
        status: 'paused',
        reason: null,
      });
      expect(await manage.status(caller(), transmitterId)).toMatchObject({ status: 'paused' });
      await manage.subject(caller(), transmitterId, ada, true);
      expect(idp.askedFor('/subjects')[0]!.body).toEqual({ stream_id: 'f1', subject: ada });
      await expect(manage.subject(caller(), transmitterId, ada, false)).rejects.toThrow(
        refused('transmitter_undiscoverable'),
      );
      await manage.remove(caller(), transmitterId);
      expect(idp.stream).toBeUndefined();
      await expect(manage.verify(caller(), transmitterId)).rejects.toThrow(refused('stream_not_set_up'));
    });

    it('that pushes is told where to, and by which secret; one there already is changed, not made again', async () => {
      const { transmitterId, secret } = await newTransmitter({ pollUrl: null });
      await manage.setUp(caller(), transmitterId, { ...wish, pushTo: 'https://curfew.test/' });
      expect(idp.stream).toMatchObject({
        delivery: {
          method: 'urn:ietf:rfc:8935',
          endpoint_url: `https://curfew.test/v1/security-events/${transmitterId}`,
          authorization_header: `Bearer ${secret}`,
        },
      });
      await db.owner.query('UPDATE transmitters SET stream_id = NULL');
      await manage.setUp(caller(), transmitterId, { ...wish, pushTo: null });
      expect(idp.askedFor('/streams').map(({ method }) => method)).toEqual(['POST', 'POST', 'GET', 'PATCH']);
    });

    it('of a transmitter that says no, or is another’s, is none of ours; a state that was not asked for is refused', async () => {
      const { transmitterId } = await newTransmitter({ credentials: { token: 'stolen' } });
      await expect(manage.setUp(caller(), transmitterId, { ...wish, pushTo: null })).rejects.toThrow(
        refused('transmitter_refused'),
      );
      await register.change(caller(), transmitterId, { credentials: { token: 'access' } });
      await idp.say(`${SSF}verification`, { format: 'opaque', id: 'f1' }, { state: 'guessed' });
      start();
      await emptied();
      expect(Object.values(idp.errors)).toMatchObject([{ err: 'invalid_state' }]);
      for (const credentials of [{}, { token: 'a', clientId: 'b' }, { clientId: 'b', clientSecret: 'c' }])
        await expect(register.change(caller(), transmitterId, { credentials })).rejects.toThrow(
          refused('invalid_field'),
        );
      const { rows } = await db.owner.query<{ row: string }>('SELECT transmitters::text AS row FROM transmitters');
      for (const { row } of rows) expect(row).not.toContain('access');
    });
  });
});
