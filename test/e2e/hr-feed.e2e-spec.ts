import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type Consumer, type Producer } from 'kafkajs';
import type { Curfew, SignalView } from '../support/curfew.js';
import { organisation, product, type Organisation } from '../support/product.js';
import { until } from '../support/until.js';

describe('what HR systems feed', () => {
  let acme: Organisation;
  let curfew: Curfew;
  beforeAll(async () => {
    acme = await organisation(2);
    ({ curfew } = acme);
  });
  afterAll(() => acme.close());

  describe('by HTTP, each with a key of its own', () => {
    let workday: Curfew;
    let badges: Curfew;
    beforeAll(async () => {
      workday = await curfew.newKey({ roles: ['source'], source: 'workday' });
      badges = await curfew.newKey({ roles: ['source'], source: 'badges' });
    });

    it('is its own: another source neither sees it nor takes it back', async () => {
      await curfew.person('ada', acme.clientIds);
      const { signalId } = await workday.tell({ type: 'employment.terminated', subject: { employeeId: 'ada' } });
      const list = async (who: Curfew, query = '') =>
        (await who.call<{ items: SignalView[] }>('signals', 'GET', `/v1/signals${query}`)).items.map(
          (signal) => signal.signalId,
        );

      expect(await list(workday)).toEqual([signalId]);
      expect(await list(badges)).toEqual([]);
      expect(await list(badges, '?source=workday')).toEqual([]);
      const notFound = { status: 404, body: { code: 'signal_not_found' } };
      expect(await badges.ask('signals', 'GET', `/v1/signals/${signalId}`)).toMatchObject(notFound);
      expect(await badges.ask('signals', 'POST', `/v1/signals/${signalId}/rescind`, {})).toMatchObject(notFound);
      expect(await curfew.call('registry', 'GET', '/v1/subjects/ada')).toMatchObject({ bars: [{ source: 'workday' }] });
      expect((await workday.ask('signals', 'POST', `/v1/signals/${signalId}/rescind`, {})).status).toBe(202);
    });

    it('counts its event ids for itself: the same id of another source is another event', async () => {
      const eventId = randomUUID();
      const said = { type: 'employment.terminated', eventId, occurredAt: '2026-01-31T17:00:00Z' };
      const first = await workday.tell({ ...said, subject: { employeeId: 'nobody-1' } });
      const second = await badges.tell({ ...said, subject: { employeeId: 'nobody-2' } });
      expect(second.signalId).not.toBe(first.signalId);
    });

    it('may tell, and nothing else', async () => {
      const target = { subject: 'ada' };
      for (const [service, method, path, body] of [
        ['registry', 'GET', '/v1/sessions'],
        ['registry', 'POST', '/v1/revocations', { target, reason: 'because' }],
        ['registry', 'POST', '/v1/subjects/ada/reinstate', {}],
        ['fanout', 'GET', '/v1/applications'],
        ['audit', 'GET', '/v1/audit'],
        ['policy', 'POST', '/v1/api-keys', { name: 'more', roles: ['owner'] }],
      ] as const)
        expect(await workday.ask(service, method, path, body)).toMatchObject({
          status: 403,
          body: { code: 'forbidden' },
        });
    });

    it('is answered when it is settled, with Prefer: wait, and at once without', async () => {
      await curfew.person('bob', acme.clientIds);
      const said = {
        type: 'employment.terminated',
        eventId: randomUUID(),
        subject: { employeeId: 'bob' },
        occurredAt: new Date().toISOString(),
      };
      const atOnce = await workday.call('signals', 'POST', '/v1/signals', said);
      expect(Object.keys(atOnce).sort()).toEqual(['signalId', 'state']);
      const waited = await workday.tell(said);
      expect(waited).toMatchObject({ ...atOnce, progress: 'completed', revocationId: expect.any(String) as string });
    });
  });

  // There is no broker in the embedded form to publish to.
  if (product.form === 'distributed')
    describe('by Kafka, as CloudEvents', () => {
      let producer: Producer;
      let rejected: DeadLetters;
      beforeAll(async () => {
        const kafka = new Kafka({ brokers: process.env.KAFKA_BROKERS!.split(','), logLevel: logLevel.NOTHING });
        producer = kafka.producer();
        await producer.connect();
        rejected = await DeadLetters.read(kafka.consumer({ groupId: `test-${randomUUID()}` }));
      });
      afterAll(async () => {
        await producer.disconnect();
        await rejected.stop();
      });

      const publish = (value: string | Buffer | null, headers: Record<string, string> = {}) =>
        producer.send({ topic: 'curfew.inbound.hr', messages: [{ key: 'one-partition', value, headers }] });
      const termination = (employeeId: string) => ({
        specversion: '1.0',
        type: 'employment.terminated',
        source: '/workday/acme',
        id: randomUUID(),
        time: new Date().toISOString(),
        tenant: acme.tenant,
        datacontenttype: 'application/json',
        data: { subject: { employeeId }, reason: 'left' },
      });
      const structured = (employeeId: string) =>
        publish(JSON.stringify(termination(employeeId)), { 'content-type': 'application/cloudevents+json' });
      const isTold = (sids: readonly string[]) =>
        until('every application was told', () =>
          acme.applications.every(({ ended }) => sids.some((sid) => ended.has(sid))),
        );
      const personOf = async (who: string) => {
        await curfew.person(who, acme.clientIds);
        return (await curfew.sessions({ subject: who })).map(({ sid }) => sid);
      };

      it('ends the sessions of whom an event in structured mode names', async () => {
        const sids = await personOf('cy');
        await structured('cy');
        await isTold(sids);
      });

      it('ends the sessions of whom an event in binary mode names, once for all its copies', async () => {
        const sids = await personOf('dee');
        const { data, datacontenttype, ...attributes } = termination('dee');
        const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value]));
        for (let copy = 0; copy < 3; copy++)
          await publish(JSON.stringify(data), { ...headers, 'content-type': datacontenttype });
        await isTold(sids);
        await structured('the one behind the copies');
        const told = await until('the copies have been read', async () => {
          const { items } = await curfew.call<{ items: (SignalView & { eventId: string; source: string })[] }>(
            'signals',
            'GET',
            '/v1/signals?source=hr:/workday/acme&type=employment.terminated',
          );
          return items[0]?.progress === 'unmatched' && items;
        });
        expect(told.filter(({ eventId }) => eventId === attributes.id)).toHaveLength(1);
      });

      it.each<readonly [string, string | Buffer | null, string]>([
        ['no JSON', 'terminate eve, please', 'invalid_json'],
        ['nothing at all', null, 'bad_request'],
        ['no CloudEvent', JSON.stringify({ employeeId: 'eve' }), 'invalid_field'],
        [
          'a tenant there is none of',
          '{"specversion":"1.0","id":"1","source":"hr","type":"employment.terminated","tenant":"nowhere","data":{}}',
          'tenant_not_found',
        ],
        ['an unknown type', '{"specversion":"1.0","id":"1","source":"hr","type":"x","data":{}}', 'invalid_field'],
        ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'invalid_encoding'],
        ['a forbidden key', '{"specversion":"1.0","__proto__":{"data":{}}}', 'forbidden_key'],
        ['a member twice', '{"specversion":"1.0","specversion":"1.0"}', 'duplicate_key'],
        ['far too much', `"${'x'.repeat(300_000)}"`, 'body_too_large'],
      ])(
        'F-16 sets a message aside that holds %s, with the reason, and handles the next',
        async (what, value, code) => {
          const who = `behind-${what.replaceAll(' ', '-')}`;
          const sids = await personOf(who);
          const [sent] = await publish(value, { note: what });
          await structured(who);
          await isTold(sids);
          const letter = await rejected.of(`curfew.inbound.hr/${sent!.partition}/${sent!.baseOffset}`);
          expect(letter).toMatchObject({ code, headers: { note: what } });
          expect(letter.reason).not.toBe('');
          expect(Buffer.from(letter.valueBase64, 'base64')).toEqual(Buffer.from(value ?? '').subarray(0, 65_536));
        },
      );
    });
});

interface Letter {
  readonly position: string;
  readonly code: string;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly valueBase64: string;
}

/** What Curfew set aside, as an operator reads it. */
class DeadLetters {
  private readonly letters: Letter[] = [];

  private constructor(private readonly consumer: Consumer) {}

  static async read(consumer: Consumer): Promise<DeadLetters> {
    const letters = new DeadLetters(consumer);
    await consumer.connect();
    await consumer.subscribe({ topic: 'curfew.inbound.hr.dlq', fromBeginning: true });
    await consumer.run({
      eachMessage: ({ message }) => {
        letters.letters.push((JSON.parse(message.value!.toString()) as { data: Letter }).data);
        return Promise.resolve();
      },
    });
    return letters;
  }

  of(position: string): Promise<Letter> {
    return until(
      `${position} is among the dead letters`,
      () => this.letters.find((letter) => letter.position === position),
      20_000,
    );
  }

  stop(): Promise<void> {
    return this.consumer.disconnect();
  }
}
