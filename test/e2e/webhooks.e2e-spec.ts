import { createHmac, randomUUID } from 'node:crypto';
import { Webhook as Signer } from 'standardwebhooks';
import { inTurns, type Answer, type Curfew, type SignalView } from '../support/curfew.js';
import { organisation, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

interface NewSource {
  readonly sourceId: string;
  readonly name: string;
  readonly secret: string;
}
const SECRET = 'made up by the system';
interface Refusal {
  readonly actor: string;
  readonly data: { readonly sourceId: string; readonly code: string; readonly reason: string };
}

const made = (what: string): string => `${what}-${randomUUID().slice(0, 8)}`;

/** BambooHR's field-based form: one person's status, of several that changed. */
const bamboo = (...people: readonly [string, string][]) => ({
  employees: people.map(([id, status]) => ({
    ...{ id, action: 'Updated', timestamp: new Date().toISOString(), changedFields: ['status'] },
    fields: { firstName: { value: 'Ashley' }, status: { value: status } },
  })),
});

describe('webhooks', () => {
  let acme: Organisation;
  let curfew: Curfew;
  beforeAll(async () => {
    acme = await organisation(2);
    ({ curfew } = acme);
  });
  afterAll(() => acme.close());

  const newSource = (mapping: string): Promise<NewSource> =>
    curfew.call('signals', 'POST', '/v1/sources', { name: made(mapping), kind: 'webhook', mapping });
  const signed = ({ secret }: { secret: string }, raw: string, id: string, when = new Date()) => ({
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(when.getTime() / 1000)),
    'webhook-signature': new Signer(secret).sign(id, when, raw),
  });
  /** As its sender: no key of Curfew's, only what it is signed with. */
  const post = (
    { sourceId }: { sourceId: string },
    raw: string,
    headers: Record<string, string>,
  ): Promise<
    Answer<{ signals: { signalId: string }[]; code: string; detail?: string; errors?: { field: string }[] }>
  > =>
    curfew.as('none').ask('signals', 'POST', `/v1/hooks/${sourceId}`, undefined, {
      raw,
      headers: { authorization: '', ...headers },
    });
  const send = (source: NewSource, payload: unknown, id = made('msg')) => {
    const raw = JSON.stringify(payload, null, 1); // not as anybody would write it anew: the bytes are what is signed
    return post(source, raw, signed(source, raw, id));
  };
  const signalsOf = async ({ name }: NewSource): Promise<SignalView[]> => {
    const path = `/v1/signals?source=hook:${name}`;
    return (await curfew.call<{ items: SignalView[] }>('signals', 'GET', path)).items;
  };
  const refusalsOf = async ({ sourceId }: NewSource): Promise<Refusal[]> => {
    const path = `/v1/audit?type=curfew.webhook.refused.v1&subject=${sourceId}`;
    return (await curfew.call<{ items: Refusal[] }>('audit', 'GET', path)).items;
  };
  const sidsOf = async (who: string) => (await curfew.sessions({ subject: who })).map(({ sid }) => sid);

  it('RV-02 N-13 one of BambooHR’s ends what a person has at every application, and a hundred copies do it once', async () => {
    const source = await newSource('bamboohr');
    const [ada, bob] = [made('ada'), made('bob')];
    for (const who of [ada, bob]) await curfew.person(who, acme.clientIds);
    const sids = await sidsOf(ada);
    const raw = JSON.stringify(bamboo([ada, 'Inactive'], [bob, 'Active']));
    const id = made('msg');
    const answers: Answer<unknown>[] = [];
    await inTurns(Array.from({ length: 100 }), 20, async () =>
      answers.push(await post(source, raw, signed(source, raw, id))),
    );
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(answers[0]).toMatchObject({
      status: 202,
      body: { signals: [{ state: 'received' }, { state: 'received' }] },
    });

    await until('every application was told', () =>
      acme.applications.every(({ ended }) => sids.some((sid) => ended.has(sid))),
    );
    expect(await curfew.sessions({ subject: ada, status: 'live' })).toEqual([]);
    expect(await curfew.sessions({ subject: bob, status: 'live' })).toHaveLength(2);
    await until('both have come to rest', async () =>
      (await signalsOf(source)).every(({ progress }) => ['completed', 'settled'].includes(progress)),
    );
    expect(await signalsOf(source)).toHaveLength(2);
    expect(await curfew.call('registry', 'GET', `/v1/subjects/${ada}`)).toMatchObject({
      bars: [{ source: `hook:${source.name}` }],
    });
    for (const { journal } of acme.applications) expect(journal).toHaveLength(1);
  });

  it('RV-06 RV-07 one of CrowdStrike’s, as it signs it, quarantines the device everywhere; its person signs in from a clean one', async () => {
    const source = await curfew.call<NewSource>('signals', 'POST', '/v1/sources', {
      ...{ name: made('crowdstrike'), kind: 'webhook', mapping: 'crowdstrike', signing: 'vendor', secret: SECRET },
    });
    const detect = (payload: unknown) => {
      const [raw, when] = [JSON.stringify(payload), new Date().toISOString()];
      const signature = createHmac('sha256', SECRET).update(raw).update(when).digest('base64');
      return post(source, raw, { 'x-cs-delivery-timestamp': when, 'x-cs-primary-signature': signature });
    };
    const who = made('eve');
    await curfew.person(who, acme.clientIds);
    const sids = await sidsOf(who);
    const detection = (SeverityName: string) => ({
      metadata: { eventType: 'DetectionSummaryEvent', eventCreationTime: Date.now() },
      event: { SensorId: `device-of-${who}`, DetectName: 'Ransomware', SeverityName },
    });
    expect((await detect(detection('Low'))).body.signals).toEqual([]);
    expect((await detect(detection('Critical'))).status).toBe(202);
    await until('every application was told', () =>
      acme.applications.every(({ ended }) => sids.some((sid) => ended.has(sid))),
    );
    const clientId = acme.clientIds[0]!;
    await expect(curfew.open(who, clientId, { device: { id: `device-of-${who}` } })).rejects.toThrow(
      /device_quarantined/,
    );
    await curfew.open(who, clientId, { device: { id: made('clean') } });
  });

  it('a forgery is refused with a code and no more, and each is one line of the audit trail', async () => {
    const source = await newSource('bamboohr');
    const raw = JSON.stringify(bamboo([made('nobody'), 'Inactive']));
    const right = signed(source, raw, 'msg');
    const stranger = await newSource('bamboohr');
    const forgeries: [string, string, Record<string, string>][] = [
      ['no webhook-id', raw, {}],
      ['no signature', raw, { ...right, 'webhook-signature': 'v1' }],
      ['wrong signature', raw, signed(stranger, raw, 'msg')],
      ['wrong signature', `${raw} `, right],
      ['wrong signature', raw, { ...right, 'webhook-id': 'another' }],
      ['too old', raw, signed(source, raw, 'msg', new Date(Date.now() - 310_000))],
      ['in the future', raw, signed(source, raw, 'msg', new Date(Date.now() + 330_000))],
    ];
    for (const [reason, body, headers] of forgeries) {
      const answer = await post(source, body, headers);
      expect([reason, answer.status, answer.body]).toEqual([
        reason,
        401,
        {
          type: 'urn:curfew:problem:webhook_unauthenticated',
          title: 'The webhook is not signed by its source',
          status: 401,
          code: 'webhook_unauthenticated',
        },
      ]);
    }
    const refusals = await until('the trail has them all', async () => {
      const found = await refusalsOf(source);
      return found.length >= forgeries.length && found;
    });
    expect(refusals.map(({ data }) => data.reason).sort()).toEqual(forgeries.map(([reason]) => reason).sort());
    expect(new Set(refusals.map(({ data, actor }) => `${data.code} ${actor}`))).toEqual(
      new Set(['webhook_unauthenticated service:signals']),
    );
    expect(await signalsOf(source)).toEqual([]);
    const nowhere = await post({ sourceId: 'src_nobody' }, raw, right);
    expect([nowhere.status, nowhere.body.code]).toEqual([401, 'webhook_unauthenticated']);
  });

  it('is taken whole or not at all, and what was not understood is in the trail', async () => {
    const source = await newSource('bamboohr');
    const answer = await send(
      source,
      bamboo([made('nobody'), 'Inactive'], ['', 'Inactive'], [made('nobody'), 'Sleeping']),
    );
    expect(answer).toMatchObject({ status: 422, body: { code: 'payload_unmappable' } });
    expect(answer.body.errors!.map(({ field }) => field)).toEqual(['employees[1].subject', 'employees[2].type']);
    expect(await signalsOf(source)).toEqual([]);
    await until('the trail says so', async () =>
      (await refusalsOf(source)).some(
        ({ data }) => data.code === 'payload_unmappable' && /employees\[1\]/.test(data.reason),
      ),
    );
    const id = made('msg');
    expect((await send(source, bamboo(['x', 'Inactive']), id)).status).toBe(202);
    expect(await send(source, bamboo(['y', 'Inactive']), id)).toMatchObject({
      status: 422,
      body: { code: 'event_id_reused' },
    });
  });

  it('may be signed with either secret during the overlap; the one before is refused after it, and a leaked one at once', async () => {
    const first = await newSource('bamboohr');
    const rotate = (overlapSeconds?: number) =>
      curfew.call<NewSource & { previousSecretUntil: string | null }>(
        'signals',
        'POST',
        `/v1/sources/${first.sourceId}/rotate-secret`,
        { overlapSeconds },
      );
    const statuses = async (...sources: NewSource[]) => {
      const answers = await Promise.all(sources.map((source) => send(source, { employees: [] })));
      return answers.map(({ status }) => status);
    };
    const second = await rotate();
    expect(second.secret).not.toBe(first.secret);
    expect(Date.parse(second.previousSecretUntil!)).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    expect(await statuses(first, second)).toEqual([202, 202]);
    const third = await rotate(0);
    expect(third.previousSecretUntil).toBeNull();
    expect(await statuses(first, second, third)).toEqual([401, 401, 202]);
  });

  it('of a source that is disabled or removed is refused; its secret is shown no second time', async () => {
    const source = await newSource('bamboohr');
    const address = `/v1/sources/${source.sourceId}`;
    const status = async () => (await send(source, { employees: [] })).status;
    expect(JSON.stringify(await curfew.call('signals', 'GET', '/v1/sources'))).not.toContain('whsec_');
    expect(await curfew.call('signals', 'GET', address)).not.toHaveProperty('secret');
    expect(await curfew.call('signals', 'PATCH', address, { enabled: false })).toMatchObject({ enabled: false });
    expect(await status()).toBe(401);
    expect(await curfew.call('signals', 'PATCH', address, { enabled: true, mapping: 'gusto' })).toMatchObject({
      enabled: true,
      mapping: 'gusto',
    });
    expect(await status()).toBe(202);
    const again = { name: source.name, kind: 'webhook', mapping: 'generic' };
    expect((await curfew.ask('signals', 'POST', '/v1/sources', again)).body.code).toBe('source_exists');
    await curfew.call('signals', 'DELETE', address);
    expect(await status()).toBe(401);
    expect((await curfew.ask('signals', 'GET', address)).status).toBe(404);
  });

  it('Okta’s question is answered before it sends anything, to no stranger', async () => {
    const { sourceId } = await curfew.call<NewSource>('signals', 'POST', '/v1/sources', {
      ...{ name: made('okta'), kind: 'webhook', mapping: 'okta', signing: 'vendor', secret: SECRET },
    });
    const headers = { authorization: SECRET, 'x-okta-verification-challenge': 'c-1' };
    const ask = (of: string) => curfew.as('none').ask('signals', 'GET', `/v1/hooks/${of}`, undefined, { headers });
    expect(await ask(sourceId)).toMatchObject({ status: 200, body: { verification: 'c-1' } });
    expect((await ask('src_nobody')).status).toBe(401);
  });

  it('can be tried without effect', async () => {
    const who = made('cy');
    await curfew.person(who, acme.clientIds);
    const data = [{ type: 'employment.terminated', employeeId: who, lastDay: '2099-11-27', timeZone: 'Asia/Tokyo' }];
    const tried = await curfew.call('signals', 'POST', '/v1/signals/test', {
      mapping: 'generic',
      payload: { timestamp: '2026-11-23T09:00:00Z', data },
    });
    expect(tried).toEqual({
      signals: [
        {
          type: 'employment.terminated',
          eventId: 'test/0',
          subject: { employeeId: who },
          occurredAt: '2026-11-23T09:00:00.000Z',
          effectiveAt: '2099-11-27T15:00:00.000Z',
        },
      ],
    });
    expect(await curfew.sessions({ subject: who, status: 'live' })).toHaveLength(2);
    const wrong = await curfew.ask('signals', 'POST', '/v1/signals/test', { mapping: 'generic', payload: {} });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'payload_unmappable' } });
  });
});
