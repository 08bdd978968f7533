import { createHmac, randomUUID } from 'node:crypto';
import type { CurfewEvent, ProblemCode } from '@curfew/contracts';
import type { ServiceDatabase } from '@curfew/testing';
import { Webhook as Signer } from 'standardwebhooks';
import type { RegisterSource, SourceWithSecret } from '../source/register-source.js';
import type { SourceStore } from '../source/source.store.js';
import { openSources } from '../source/sources.fake.js';
import type { ReceiveWebhook } from './receive-webhook.js';

describe('webhooks on real PostgreSQL', () => {
  let db: ServiceDatabase;
  let sources: SourceStore;
  let register: RegisterSource;
  let receive: ReceiveWebhook;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ db, sources, register, receive, close } = await openSources());
  });
  afterEach(() => db.owner.query(`UPDATE test_clock SET ahead = interval '0'`));
  afterAll(() => close());

  const by = (tenant: string) => ({ tenant, actor: 'key:1' });
  const newSource = (tenant: string, name = 'hr') =>
    register.register(by(tenant), { name, kind: 'webhook', mapping: 'generic', signing: 'standard', enabled: true });
  const send = ({ sourceId, secret }: Pick<SourceWithSecret, 'sourceId' | 'secret'>, payload: unknown, id = 'msg') => {
    const [raw, when] = [JSON.stringify(payload), new Date()];
    const timestamp = String(Math.floor(when.getTime() / 1000));
    const signature = new Signer(secret!).sign(id, when, raw);
    const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
    return receive.execute(sourceId, { headers, bytes: Buffer.from(raw), payload });
  };
  const leavers = (...ids: string[]) => ({
    timestamp: new Date().toISOString(),
    data: ids.map((employeeId) => ({ type: 'employment.terminated', employeeId })),
  });
  const told = async (tenant: string): Promise<string[]> => {
    const { rows } = await db.owner.query<{ message: string }>(
      'SELECT message FROM outbox WHERE tenant = $1 ORDER BY id',
      [tenant],
    );
    return rows
      .map(({ message }) => (JSON.parse(message) as CurfewEvent).type)
      .filter((type) => !type.startsWith('curfew.source'));
  };
  const kept = async (tenant: string) =>
    (
      await db.owner.query<{ event_id: string }>('SELECT event_id FROM signals WHERE tenant = $1 ORDER BY 1', [tenant])
    ).rows.map((row) => row.event_id);
  const refused = (code: ProblemCode) => expect.objectContaining({ code }) as Error;

  it('one effect of many copies at once, and each is told the same', async () => {
    const tenant = randomUUID();
    const source = await newSource(tenant);
    const payload = leavers('E-1', 'E-2', 'E-3');
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(source, payload)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await kept(tenant)).toEqual(['msg/0', 'msg/1', 'msg/2']);
    expect(await told(tenant)).toEqual(Array(3).fill('curfew.signal.received.v1'));
  });

  it('leaves nothing of those before it when a later one can not be kept', async () => {
    const tenant = randomUUID();
    const source = await newSource(tenant);
    await send(source, leavers('E-1', 'E-2'));
    const other = leavers('E-1', 'E-9');
    await db.owner.query(`DELETE FROM signals WHERE tenant = $1 AND event_id = 'msg/0'`, [tenant]);
    await expect(send(source, other)).rejects.toThrow(refused('event_id_reused'));
    expect(await kept(tenant)).toEqual(['msg/1']);
    expect(await told(tenant)).toEqual([
      'curfew.signal.received.v1',
      'curfew.signal.received.v1',
      'curfew.webhook.refused.v1',
    ]);
  });

  it('the secret before is taken until the overlap is over, by the clock of the database', async () => {
    const tenant = randomUUID();
    const first = await newSource(tenant);
    const second = await register.rotate(by(tenant), first.sourceId, 60);
    await send(first, leavers(), 'old');
    await send(second, leavers(), 'new');
    await db.owner.query(`UPDATE test_clock SET ahead = interval '61 seconds'`);
    await expect(send(first, leavers(), 'old')).rejects.toThrow(refused('webhook_unauthenticated'));
    await send(second, leavers(), 'new');
    expect(await told(tenant)).toEqual(['curfew.webhook.refused.v1']);
  });

  it('I7 a source is its tenant’s, its secret is nowhere in the clear, and opens for no other source', async () => {
    const [acme, globex] = [randomUUID(), randomUUID()];
    const [mine, other] = [await newSource(acme), await newSource(globex)];
    expect(mine.name).toBe(other.name); // a name is one tenant's
    await expect(newSource(acme)).rejects.toThrow(refused('source_exists'));
    const asGlobex = <T>(work: (tx: Parameters<SourceStore['get']>[0]) => Promise<T>) =>
      db.unitOfWork.run(globex, work);
    expect(await asGlobex((tx) => sources.get(tx, mine.sourceId))).toBeUndefined();
    expect(await asGlobex((tx) => sources.list(tx, '', 9))).toEqual([
      expect.objectContaining({ sourceId: other.sourceId }),
    ]);
    for (const work of [
      () => register.change(by(globex), mine.sourceId, { enabled: false }),
      () => register.rotate(by(globex), mine.sourceId, 0),
      () => register.remove(by(globex), mine.sourceId),
    ])
      await expect(work()).rejects.toThrow(refused('source_not_found'));
    await send(mine, leavers());

    const { rows } = await db.owner.query<{ row: string }>('SELECT sources::text AS row FROM sources');
    for (const { row } of rows) expect(row).not.toContain(mine.secret!.slice('whsec_'.length));
    await expect(db.sweeper.sql('SELECT secret_sealed FROM sources')).rejects.toThrow(/permission denied/);
    await db.owner.query(
      'UPDATE sources SET secret_sealed = (SELECT secret_sealed FROM sources WHERE source_id = $1) WHERE source_id = $2',
      [mine.sourceId, other.sourceId],
    );
    await expect(send({ ...mine, sourceId: other.sourceId }, leavers())).rejects.toThrow(/unable to authenticate/);
  });

  describe('of a system that signs by itself', () => {
    const secret = 'made up by the system';
    const okta = (tenant: string, given?: string) =>
      register.register(
        by(tenant),
        { name: 'idp', kind: 'webhook', mapping: 'okta', signing: 'vendor', enabled: true },
        given,
      );
    const hook = (uuid: string, more: object = {}) => ({
      data: {
        events: [
          {
            ...{ uuid, eventType: 'user.lifecycle.deactivate', outcome: { result: 'SUCCESS' } },
            ...{ published: '2026-11-20T08:00:00.000Z', target: [{ alternateId: 'ada@acme.example' }], ...more },
          },
        ],
      },
    });
    const post = (sourceId: string, payload: unknown, authorization = secret) =>
      receive.execute(sourceId, {
        headers: { authorization },
        bytes: Buffer.from(JSON.stringify(payload)),
        payload,
      });

    it('what it sends again counts once, in whatever company, and what is another is refused', async () => {
      const tenant = randomUUID();
      const { sourceId } = await okta(tenant, secret);
      const [one, both] = [hook('u-1'), { data: { events: [...hook('u-2').data.events, ...hook('u-1').data.events] } }];
      await Promise.all(Array.from({ length: 10 }, () => post(sourceId, one)));
      await post(sourceId, both);
      expect(await kept(tenant)).toEqual(['u-1', 'u-2']);
      expect(await told(tenant)).toEqual(Array(2).fill('curfew.signal.received.v1'));
      await expect(post(sourceId, one, 'another')).rejects.toThrow(refused('webhook_unauthenticated'));
      const other = hook('u-1', { target: [{ alternateId: 'bob@acme.example' }] });
      await expect(post(sourceId, other)).rejects.toThrow(refused('event_id_reused'));
    });

    it('where it knows its events by no name, the same bytes are the same webhook', async () => {
      const tenant = randomUUID();
      const { sourceId } = await register.register(
        by(tenant),
        { name: 'bob', kind: 'webhook', mapping: 'hibob', signing: 'vendor', enabled: true },
        secret,
      );
      const left = (employeeId: string) => {
        const payload = { type: 'employee.left', triggeredAt: '2026-11-20T00:00:04.417', data: { employeeId } };
        const bytes = Buffer.from(JSON.stringify(payload));
        const headers = { 'bob-signature': createHmac('sha512', secret).update(bytes).digest('base64') };
        return receive.execute(sourceId, { headers, bytes, payload });
      };
      for (const who of ['1', '2', '1', '1']) await left(who);
      expect(await told(tenant)).toEqual(Array(2).fill('curfew.signal.received.v1'));
    });

    it('a secret is given or made, and one that is rotated to is taken beside the one before', async () => {
      const tenant = randomUUID();
      const { sourceId, secret: made } = await okta(tenant);
      await post(sourceId, hook('u-1'), made!);
      await register.rotate(by(tenant), sourceId, 60, secret);
      await post(sourceId, hook('u-2'), made!);
      await post(sourceId, hook('u-3'));
      expect(await kept(tenant)).toEqual(['u-1', 'u-2', 'u-3']);
    });

    it('asks once, and hears what it asked; nobody else does', async () => {
      const tenant = randomUUID();
      const [{ sourceId }, standard] = [await okta(tenant, secret), await newSource(tenant)];
      const challenge = { 'x-okta-verification-challenge': 'c-1' };
      expect(await receive.answerChallenge(sourceId, challenge)).toEqual({ verification: 'c-1' });
      for (const [id, headers] of [
        [sourceId, {}],
        [sourceId, { 'x-okta-verification-challenge': 'x'.repeat(513) }],
        [standard.sourceId, challenge],
        ['src_nobody', challenge],
      ] as const)
        await expect(receive.answerChallenge(id, headers)).rejects.toThrow(refused('webhook_unauthenticated'));
      await register.change(by(tenant), sourceId, { enabled: false });
      await expect(receive.answerChallenge(sourceId, challenge)).rejects.toThrow(refused('webhook_unauthenticated'));
    });

    it('is registered only with what can be verified', async () => {
      const tenant = randomUUID();
      const source = (mapping: string, signing: 'standard' | 'vendor', given?: string) =>
        register.register(by(tenant), { name: randomUUID(), kind: 'webhook', mapping, signing, enabled: true }, given);
      for (const work of [
        () => source('generic', 'vendor'),
        () => source('okta', 'standard', secret),
        () => source('paylocity', 'vendor', secret),
      ])
        await expect(work()).rejects.toThrow(refused('invalid_field'));
      const { sourceId, secret: made } = await source('paylocity', 'vendor');
      expect(made).toMatch(/^curfew:/);
      await expect(register.change(by(tenant), sourceId, { mapping: 'generic' })).rejects.toThrow(
        refused('invalid_field'),
      );
      await register.change(by(tenant), sourceId, { mapping: 'okta' });
    });
  });
});
