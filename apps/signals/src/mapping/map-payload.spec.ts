import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { MappingSchema, type Mapping } from './mapping.js';
import { mapPayload, MOST_ITEMS } from './map-payload.js';
import { FileMappings } from './mappings.files.js';

interface Case {
  readonly name: string;
  readonly status: 'documented' | 'assumed';
  readonly why: string;
  readonly payload: unknown;
  readonly signals?: readonly object[];
  readonly refused?: readonly string[];
}

const folder = path.resolve(__dirname, '..', '..', 'mappings');
const read = <T>(file: string): T => JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as T;
const filesIn = (of: string) => readdirSync(path.join(folder, of)).filter((file) => file.endsWith('.json'));
const mappings = new FileMappings(folder);
const now = new Date('2026-11-25T12:00:00Z');
const EVENT_ID = 'msg';

const fieldsOf = (work: () => unknown): string[] => {
  try {
    work();
  } catch (error) {
    expect(error).toMatchObject({ code: 'payload_unmappable', status: 422 });
    return (error as { more: { errors: { field: string }[] } }).more.errors.map(({ field }) => field);
  }
  return [];
};

describe('mappings', () => {
  const check = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(MappingSchema);

  it.each(filesIn('.'))('%s is one, by the JSON schema', (file) => {
    check(read(file));
    expect(check.errors).toBeNull();
    expect(mappings.get(path.basename(file, '.json'))).toEqual(read(file));
  });

  it('each has its fixture', () => {
    expect(filesIn('fixtures')).toEqual(filesIn('.'));
  });

  it.each<[string, (mapping: Record<string, unknown>) => unknown]>([
    ['an option nobody knows', (mapping) => ({ ...mapping, itmes: '$.data' })],
    ['a pointer that starts nowhere', (mapping) => ({ ...mapping, items: 'data' })],
    ['no time', ({ occurredAt: _, ...mapping }) => mapping],
    ['a type that is none', (mapping) => ({ ...mapping, type: { is: 'employment.promoted' } })],
    ['a time of another format', (mapping) => ({ ...mapping, occurredAt: { at: '$.time', format: 'us-date' } })],
  ])('%s makes none', (_, spoil) => {
    expect(check(spoil(read('generic.json')))).toBe(false);
  });
});

describe.each(filesIn('fixtures'))('what %s says', (file) => {
  const { mapping, cases } = read<{ mapping: string; cases: Case[] }>(path.join('fixtures', file));

  it.each(cases.map((one) => [one.status, one.name, one] as const))('%s: %s', (status, _name, one) => {
    expect(['documented', 'assumed']).toContain(status);
    expect(one.why).not.toBe('');
    const map = () => mapPayload(mappings.get(mapping)!, one.payload, EVENT_ID, now);
    if (one.refused) expect(fieldsOf(map)).toEqual(one.refused);
    else expect(JSON.parse(JSON.stringify(map()))).toEqual(one.signals);
  });
});

describe('a mapping', () => {
  const one = (more: Partial<Mapping> = {}): Mapping => ({
    name: 'one',
    description: 'of the test',
    type: { is: 'employment.terminated' },
    subject: { employeeId: { at: '$.who' } },
    occurredAt: { at: '$.at', format: 'unix-seconds' },
    ...more,
  });
  const payload = { who: 'E-1', at: 1_764_000_000 };
  const map = (mapping: Mapping, of: unknown = payload) => mapPayload(mapping, of, EVENT_ID, now);

  it('takes ids that are numbers, and none that a number can not hold', () => {
    expect(map(one(), { ...payload, who: 4711 })[0]!.subject).toEqual({ employeeId: '4711' });
    expect(fieldsOf(() => map(one(), { ...payload, who: 2 ** 53 }))).toEqual(['subject.employeeId']);
    expect(fieldsOf(() => map(one(), { ...payload, who: 1.5 }))).toEqual(['subject.employeeId']);
  });

  it.each([
    null,
    [],
    'text',
    7,
    true,
    {},
    { who: {} },
    { who: ['E-1'] },
    { who: 'a\u0000b' },
    { who: 'x'.repeat(257) },
  ])('is not misled by %j', (of) => expect(fieldsOf(() => map(one(), of))).toHaveLength(1));

  it('reads nothing that the payload does not say itself', () => {
    const at = (pointer: string) => one({ subject: { employeeId: { at: pointer } } });
    for (const pointer of ['$.constructor.name', '$.who.length.toString', '$.toString.name'])
      expect(fieldsOf(() => map(at(pointer)))).toEqual(['subject']);
    const type: Mapping['type'] = { at: '$.type', values: { left: 'employment.terminated' } };
    expect(fieldsOf(() => map(one({ type }), { ...payload, type: 'toString' }))).toEqual(['type']);
  });

  it('names the item that is at fault, and takes so many and no more', () => {
    const each = one({ items: '$.all', subject: { employeeId: { at: '@.who' } } });
    const people = (count: number) => Array.from({ length: count }, (_, n) => ({ who: n }));
    expect(map(each, { ...payload, all: people(MOST_ITEMS) })).toHaveLength(MOST_ITEMS);
    expect(fieldsOf(() => map(each, { ...payload, all: people(MOST_ITEMS + 1) }))).toEqual(['all']);
    expect(fieldsOf(() => map(each, { ...payload, all: [...people(2), {}, null] }))).toEqual([
      'all[2].subject',
      'all[3].subject',
    ]);
    expect(map(each, { ...payload, all: [] })).toEqual([]);
  });

  it('tells a fact of tomorrow from one that takes effect tomorrow', () => {
    const tomorrow = now.getTime() / 1000 + 86_400;
    expect(fieldsOf(() => map(one(), { ...payload, at: tomorrow }))).toEqual(['occurredAt']);
    const later = one({ effectiveAt: { at: '$.then', format: 'unix-seconds' } });
    expect(map(later, { ...payload, then: tomorrow })[0]!.effectiveAt).toEqual(new Date(tomorrow * 1000));
  });

  describe('reads a time', () => {
    const read = (format: 'instant' | 'last-day', time: unknown, zone?: NonNullable<unknown>) => {
      const effectiveAt = { at: '$.then', format, ...(zone === undefined ? {} : { zone }) };
      return map(one({ effectiveAt } as Partial<Mapping>), {
        ...payload,
        then: time,
        zone: 'Asia/Kathmandu',
      })[0]!.effectiveAt?.toISOString();
    };

    it('where its zone is written, is said by the payload, or by the mapping for those that say none', () => {
      expect(read('last-day', '2026-11-27', 'Europe/Berlin')).toBe('2026-11-27T23:00:00.000Z');
      expect(read('last-day', '2026-11-27', { at: '$.zone' })).toBe('2026-11-27T18:15:00.000Z');
      expect(read('last-day', '2026-11-27', { at: '$.nowhere', else: 'UTC' })).toBe('2026-11-28T00:00:00.000Z');
      expect(read('instant', '2026-11-27T12:00:00', 'Europe/Berlin')).toBe('2026-11-27T11:00:00.000Z');
      expect(read('instant', '2026-11-27T12:00:00-0800', 'Europe/Berlin')).toBe('2026-11-27T20:00:00.000Z');
    });

    it.each<[unknown, unknown]>([
      ['2027-02-29', 'Europe/Berlin'],
      ['2026-13-01', 'Europe/Berlin'],
      ['27.11.2026', 'Europe/Berlin'],
      ['2026-11-27T10:00', 'Europe/Berlin'],
      ['20261127', 'Europe/Berlin'],
      [20261127, 'Europe/Berlin'],
      ['2026-11-27', 'Mars/Olympus'],
      ['2026-11-27', { at: '$.nowhere' }],
      ['2026-11-27', undefined],
    ])('and never a last day of %j in %j', (time, zone) => {
      expect(fieldsOf(() => read('last-day', time, zone as string))).toEqual(['effectiveAt']);
    });

    it.each(['2026-11-27', '2026-11-27T25:00:00Z', '2026-02-30T10:00:00Z', 'tomorrow', '2026-11-27T10:00:00', 1])(
      'and never an instant of %j',
      (time) => expect(fieldsOf(() => read('instant', time))).toEqual(['effectiveAt']),
    );
  });
});
