import fc from 'fast-check';
import { parseStrictJson } from './strict-json.js';

const parse = (text: string | Buffer): unknown => parseStrictJson(Buffer.from(text));
const codeOf = (text: string | Buffer): string => {
  try {
    parse(text);
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);

it('takes all of JSON that has one reading, as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 10 }), (text) => {
      fc.pre(!/__proto__|constructor/.test(text));
      expect(parse(text)).toEqual(JSON.parse(text));
    }),
  );
  expect(parse('')).toBeUndefined();
});

describe('F-69: refused', () => {
  it.each([
    ['a member named twice', '{"a":1,"b":2,"a":3}', 'duplicate_key'],
    ['twice further down', '[{"a":{"b":1,"b":1}}]', 'duplicate_key'],
    ['twice, once escaped', '{"a":1,"\\u0061":2}', 'duplicate_key'],
    ['a prototype', '{"__proto__":{"admin":true}}', 'forbidden_key'],
    ['a prototype further down', '{"a":[{"__proto__":1}]}', 'forbidden_key'],
    ['a prototype, escaped', '{"\\u005f_proto__":1}', 'forbidden_key'],
    ['a constructor', '{"a":{"constructor":{"prototype":1}}}', 'forbidden_key'],
    ['a byte order mark', '\ufeff{"a":1}', 'invalid_json'],
    ['half of it', '{"a":', 'invalid_json'],
    ['two of it', '{} {}', 'invalid_json'],
    ['a comment', '{/* no */"a":1}', 'invalid_json'],
    ['a comma too many', '{"a":1,}', 'invalid_json'],
    ['a number that is none', '{"a":01}', 'invalid_json'],
    ['NaN', '{"a":NaN}', 'invalid_json'],
    ['a lone control character', '{"a":"\n"}', 'invalid_json'],
    ['nothing but space', ' ', 'invalid_json'],
  ])('%s', (_, text, code) => expect(codeOf(text)).toBe(code));

  it.each([
    ['a byte that begins nothing', [0x22, 0xff, 0x22]],
    ['a character cut short', [0x22, 0xc3, 0x22]],
    ['an overlong form', [0x22, 0xc0, 0xaf, 0x22]],
    ['half of a surrogate pair', [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ])('%s: not UTF-8', (_, bytes) => expect(codeOf(Buffer.from(bytes))).toBe('invalid_encoding'));

  it('more than 32 levels, of either kind', () => {
    expect([codeOf(nested(32, '[', ']')), codeOf(nested(33, '[', ']'))]).toEqual(['ok', 'json_too_deep']);
    expect(codeOf(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`)).toBe('json_too_deep');
  });
});

it('a member may have the name another object has, or one that only looks like a prototype', () => {
  expect(codeOf('{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}')).toBe('ok');
  expect(codeOf('{"proto":1,"__proto":1,"toString":1,"hasOwnProperty":1}')).toBe('ok');
  expect(codeOf('{"a":"__proto__"}')).toBe('ok');
});

it('a number that is too big is a number: the field it is for decides', () => {
  expect(parse('[1e400,123456789012345678901234567890]')).toEqual([Infinity, 1.2345678901234568e29]);
});

it('F-69: the largest body there may be is read or refused in a moment', () => {
  const size = 256 * 1024;
  const bodies = {
    'deep arrays': nested(10_000, '[', ']'),
    'deep objects': `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
    'deep and not closed': '['.repeat(size),
    'many members': `{${Array.from({ length: 20_000 }, (_, index) => `"k${index}":1`).join(',')}}`,
    'one long text': JSON.stringify('x'.repeat(size - 2)),
    'many digits': '9'.repeat(size),
  };
  for (const [name, body] of Object.entries(bodies)) {
    const began = performance.now();
    codeOf(body);
    // Well over what it takes; a reader that is quadratic would take minutes.
    expect([name, performance.now() - began < 2_000]).toEqual([name, true]);
  }
});
