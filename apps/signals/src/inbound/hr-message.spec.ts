import type { IncomingMessage } from '@curfew/messaging';
import { readHrMessage } from './hr-message.js';

const event = {
  specversion: '1.0',
  id: 'hr-417',
  source: 'workday',
  type: 'employment.terminated',
  time: '2026-11-02T09:00:00Z',
};
const data = { subject: { employeeId: 'E-1' }, reason: 'left' };
const message = (value: Buffer | string | null, headers: Record<string, string> = {}): IncomingMessage =>
  ({ topic: 'curfew.inbound.hr', position: 'curfew.inbound.hr/0/1', key: null, value, headers }) as never;
const structured = (more: object = {}): IncomingMessage => message(JSON.stringify({ ...event, data, ...more }));
const binary = (headers: Record<string, string>, body: unknown = data): IncomingMessage =>
  message(JSON.stringify(body), headers);
const ce = (attributes: Record<string, string>) =>
  Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value]));

const read = {
  tenant: 'default',
  source: 'hr:workday',
  body: {
    type: 'employment.terminated',
    eventId: 'hr-417',
    occurredAt: '2026-11-02T09:00:00Z',
    subject: { employeeId: 'E-1' },
    reason: 'left',
  },
};

it('a CloudEvent says the same in structured and in binary mode', () => {
  expect(readHrMessage(structured())).toEqual(read);
  expect(readHrMessage(binary(ce(event)))).toEqual(read);
});

it('names its tenant by an extension', () => {
  expect(readHrMessage(structured({ tenant: 'acme' })).tenant).toBe('acme');
  expect(readHrMessage(binary(ce({ ...event, tenant: 'acme' }))).tenant).toBe('acme');
});

it('can not say by its data what its attributes say: type and id are those of the event', () => {
  const lying = { ...data, type: 'employment.rehired', eventId: 'other', tenant: 'evil', source: 'api' };
  for (const { tenant, source, body } of [
    readHrMessage(structured({ data: lying })),
    readHrMessage(binary(ce(event), lying)),
  ]) {
    expect([tenant, source]).toEqual(['default', 'hr:workday']);
    expect(body).toMatchObject({ type: 'employment.terminated', eventId: 'hr-417' });
  }
});

it('a source from Kafka never passes for one that calls the API', () => {
  expect(readHrMessage(structured({ source: 'api' })).source).toBe('hr:api');
});

describe('F-16: refused with the reason', () => {
  const without = (name: keyof typeof event) => structured({ [name]: undefined });
  it.each<[string, IncomingMessage, string]>([
    ['no value', message(null), 'bad_request'],
    ['nothing in it', message(''), 'invalid_field'],
    ['not JSON', message('employee 7 left'), 'invalid_json'],
    ['cut short', message(JSON.stringify(event).slice(0, 40)), 'invalid_json'],
    ['not UTF-8', message(Buffer.from([0x7b, 0xff, 0x7d])), 'invalid_encoding'],
    ['a list', message('[]'), 'invalid_field'],
    ['null', message('null'), 'invalid_field'],
    ['a text', message('"left"'), 'invalid_field'],
    ['another version', structured({ specversion: '0.3' }), 'invalid_field'],
    ['no version', without('specversion'), 'invalid_field'],
    ['no id', without('id'), 'invalid_field'],
    ['no type', without('type'), 'invalid_field'],
    ['no source', without('source'), 'invalid_field'],
    ['an id that is a number', structured({ id: 417 }), 'invalid_field'],
    ['an id too long', structured({ id: 'x'.repeat(251) }), 'invalid_field'],
    ['an empty tenant', structured({ tenant: '' }), 'invalid_field'],
    ['data that is a text', structured({ data: 'left' }), 'invalid_field'],
    ['no data', structured({ data: undefined }), 'invalid_field'],
    ['a prototype', message('{"__proto__":{}}'), 'forbidden_key'],
    ['a member named twice', message('{"id":"a","id":"b"}'), 'duplicate_key'],
    ['5 MB', message('x'.repeat(5_000_000)), 'body_too_large'],
    ['binary data that is a list', binary(ce(event), []), 'invalid_field'],
  ])('%s', (_, given, code) => {
    expect(() => readHrMessage(given)).toThrow(expect.objectContaining({ code }) as Error);
  });
});
