import { EVENT_DEFINITIONS } from '@curfew/contracts';
import fc from 'fast-check';
import { PermanentError } from './errors.js';
import { parseEvent } from './parse-event.js';

const EVENT = {
  specversion: '1.0',
  id: 'e-1',
  source: '/curfew/policy',
  type: 'curfew.something.v1',
  subject: 'u-1',
  time: '2026-01-01T00:00:00.000Z',
  datacontenttype: 'application/json',
  tenant: 'acme',
  partitionkey: 'acme:u-1',
  correlationid: 'c-1',
  actor: 'key:1',
  data: {},
};

const parse = (value: Buffer | string | null) =>
  parseEvent({ topic: 'curfew.policies', value, headers: {}, position: 'curfew.policies/0/1' });

it('reads bytes as it reads text, and keeps what it does not know', () => {
  const event = { ...EVENT, data: { name: 'Zoë 🔑', list: [1] }, later: 'extension' };
  expect(parse(JSON.stringify(event))).toEqual(event);
  expect(parse(Buffer.from(JSON.stringify(event)))).toEqual(event);
});

it.each([
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'tenant',
  'partitionkey',
  'correlationid',
  'actor',
  'data',
])('refuses an event without %s, and with one that is no text', (name) => {
  expect(() => parse(JSON.stringify({ ...EVENT, [name]: undefined }))).toThrow(PermanentError);
  expect(() => parse(JSON.stringify({ ...EVENT, [name]: 7 }))).toThrow(`/${name}`);
  expect(() => parse(JSON.stringify({ ...EVENT, [name]: '' }))).toThrow(`/${name}`);
});

it('holds data to the schema of its type; of a type it does not know it asks nothing', () => {
  const [type] = [...EVENT_DEFINITIONS.keys()];
  expect(() => parse(JSON.stringify({ ...EVENT, type, data: {} }))).toThrow(`data does not match ${type}`);
  expect(parse(JSON.stringify({ ...EVENT, type: `${type}.v99` })).type).toBe(`${type}.v99`);
});

it('whatever comes is read or refused for good: a failure of another kind would be tried for ever', () => {
  const outcome = (value: Buffer | string | null) => {
    try {
      return typeof parse(value);
    } catch (error) {
      return (error as Error).name;
    }
  };
  const mutated = fc
    .tuple(fc.constantFrom(...Object.keys(EVENT)), fc.jsonValue())
    .map(([name, value]) => JSON.stringify({ ...EVENT, [name]: value }));
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        mutated,
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      ),
      (value) => {
        expect(['object', 'PermanentError']).toContain(outcome(value));
      },
    ),
    { numRuns: 500 },
  );
});
