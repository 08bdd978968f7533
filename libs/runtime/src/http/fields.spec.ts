import 'reflect-metadata';
import type { Problem } from '@curfew/contracts';
import {
  ChoiceField,
  InstantField,
  IntegerField,
  NestedField,
  RecordField,
  TextField,
  TextListField,
} from './fields.js';
import { validationPipe } from './validation.js';

class Inner {
  @TextField()
  name: string;
}

class Body {
  @TextField({ optional: true, max: 5 })
  text?: string;

  @TextField({ optional: true, nullable: true })
  orNull?: string | null;

  @InstantField({ optional: true })
  at?: string;

  @IntegerField({ optional: true, min: 1, max: 9 })
  count?: number;

  @ChoiceField({ optional: true, choices: ['a', 'b'] })
  choice?: string;

  @TextListField({ optional: true, most: 2 })
  list?: string[];

  @TextListField({ optional: true, most: 2, choices: ['a', 'b'] })
  choices?: string[];

  @NestedField({ optional: true, type: () => Inner })
  inner?: Inner;

  @RecordField({ optional: true })
  record?: Record<string, unknown>;
}

class Strict {
  @TextField()
  must: string;

  @IntegerField({ nullable: true, min: 1, max: 9 })
  mustOrNull: number | null;
}

/** The fields at fault; none when it was taken. */
async function faults(body: unknown, metatype: new () => object = Body): Promise<string[]> {
  try {
    await validationPipe().transform(body, { type: 'body', metatype });
    return [];
  } catch (error) {
    const { code, more } = error as Problem;
    expect(code).toBe('invalid_field');
    return [...new Set((more.errors ?? []).map(({ field }) => field))];
  }
}

it.each<[string, object]>([
  ['nothing at all', {}],
  ['text as long as it may be', { text: '12345' }],
  ['null where it may be', { orNull: null }],
  ['an instant', { at: '2026-11-02T09:00:00Z' }],
  ['an instant with an offset', { at: '2026-11-02T09:00:00.123+01:00' }],
  ['both ends of a range', { count: 9 }],
  ['a list', { list: ['x', 'y'], choices: ['a'] }],
  ['an object', { inner: { name: 'n' }, record: { anything: [1] } }],
])('takes %s', async (_, body) => expect(await faults(body)).toEqual([]));

it.each<[string, object, string]>([
  ['text too long', { text: '123456' }, 'text'],
  ['empty text', { text: '' }, 'text'],
  ['null where it may not be', { text: null }, 'text'],
  ['a number for text', { text: 5 }, 'text'],
  ['F-74: a line break', { text: 'a\nb' }, 'text'],
  ['F-74: a NUL', { text: 'a\0' }, 'text'],
  ['an array for text', { text: ['a'] }, 'text'],
  ['F-70: an operator for text', { text: { $ne: '' } }, 'text'],
  ['a day without a time', { at: '2026-11-02' }, 'at'],
  ['a time without an offset', { at: '2026-11-02T09:00:00' }, 'at'],
  ['a day there never was', { at: '2026-02-30T09:00:00Z' }, 'at'],
  ['a number for an instant', { at: 1_793_610_000 }, 'at'],
  ['less than the range', { count: 0 }, 'count'],
  ['more than the range', { count: 10 }, 'count'],
  ['half a number', { count: 1.5 }, 'count'],
  ['digits as text', { count: '5' }, 'count'],
  ['an infinite number', { count: Infinity }, 'count'],
  ['another choice', { choice: 'c' }, 'choice'],
  ['a list too long', { list: ['a', 'b', 'c'] }, 'list'],
  ['a list with a number', { list: ['a', 1] }, 'list'],
  ['a list with a line break', { list: ['a\r\nb'] }, 'list'],
  ['a list with another choice', { choices: ['a', 'c'] }, 'choices'],
  ['text for a list', { list: 'a' }, 'list'],
  ['a member missing further down', { inner: {} }, 'inner.name'],
  ['a member nobody knows further down', { inner: { name: 'n', more: 1 } }, 'inner.more'],
  ['text for an object', { inner: 'n' }, 'inner'],
  ['a list for an object', { record: [] }, 'record'],
  ['a member nobody knows', { tetx: 'a' }, 'tetx'],
])('refuses %s, and names it', async (_, body, field) => expect(await faults(body)).toEqual([field]));

it('what must be there is missed by name; null is an answer where it may be one', async () => {
  expect(await faults({}, Strict)).toEqual(['must', 'mustOrNull']);
  expect(await faults({ must: 'x', mustOrNull: null }, Strict)).toEqual([]);
  expect(await faults({ must: null, mustOrNull: 5 }, Strict)).toEqual(['must']);
});

it.each([undefined, null, 'text', 5, [], [{}]])('%j is no body', async (body) => {
  await expect(validationPipe().transform(body, { type: 'body', metatype: Strict })).rejects.toThrow(
    expect.objectContaining({ code: 'invalid_field' }) as Error,
  );
});
