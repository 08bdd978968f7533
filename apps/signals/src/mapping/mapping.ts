import { invalidField, SIGNAL_TYPES } from '@curfew/contracts';
import { Type, type Static, type TSchema, type TUnsafe } from '@sinclair/typebox';

/**
 * How the payloads of one HR system become signals: data, so that a new system needs no code. A pointer is a dotted path
 * from the payload (`$.data.id`) or from the item in hand (`@.id`); a number steps into a list.
 */
const Pointer = Type.String({ pattern: '^[$@](\\.[A-Za-z0-9_-]+)+$' });
const strict = { additionalProperties: false };

/** One of these texts; its type is theirs. */
const oneOf = <T extends string>(texts: readonly T[]): TUnsafe<T> =>
  Type.Union(texts.map((text) => Type.Literal(text))) as TSchema as TUnsafe<T>;

const At = Type.Object({ at: Pointer }, strict);
const Text = Type.Union([At, Type.Object({ is: Type.String({ minLength: 1, maxLength: 256 }) }, strict)]);

/** Of several the first that is there. */
const firstOf = <T extends TSchema>(one: T): TUnsafe<Static<T> | Static<T>[]> =>
  Type.Union([one, Type.Array(one, { minItems: 2, maxItems: 5 })]) as TSchema as TUnsafe<Static<T> | Static<T>[]>;

export const TIME_FORMATS = [
  /** RFC 3339 with its offset; without one the clock of `zone`, where that is given. */
  'instant',
  'unix-seconds',
  'unix-milliseconds',
  /** The start of a local date. */
  'first-day',
  /** The end of a local date, the next day's start: whoever's last day is Friday works on Friday. */
  'last-day',
] as const;

/** An IANA time zone, or where the payload says which; `else` for those that say none. */
const Zone = Type.Union([
  Type.String({ minLength: 1 }),
  Type.Object({ at: Pointer, else: Type.Optional(Type.String({ minLength: 1 })) }, strict),
]);

const Time = Type.Object({ at: Pointer, format: oneOf(TIME_FORMATS), zone: Type.Optional(Zone) }, strict);

const Condition = Type.Union([
  Type.Object({ at: Pointer, in: Type.Array(Type.Union([Type.String(), Type.Boolean()]), { minItems: 1 }) }, strict),
  /** It is a list, and one of these is in it. */
  Type.Object({ at: Pointer, has: Type.Array(Type.String(), { minItems: 1 }) }, strict),
]);

const SignalTypeName = oneOf(SIGNAL_TYPES);

const SignalTypeOf = Type.Union([
  Type.Object({ is: SignalTypeName }, strict),
  Type.Object(
    {
      at: Pointer,
      values: Type.Record(Type.String(), SignalTypeName, { minProperties: 1 }),
      /** A value that is not in the table is refused, unless the system is known to send other things as well. */
      others: Type.Optional(Type.Literal('ignore')),
    },
    strict,
  ),
]);

const Header = Type.String({ pattern: '^[a-z0-9-]+$', maxLength: 64 });

/** How a system shows that a webhook is its own, where it does not keep to Standard Webhooks. */
const Signature = Type.Union([
  Type.Object(
    {
      scheme: Type.Literal('hmac'),
      header: Header,
      hash: oneOf(['sha256', 'sha512'] as const),
      encoding: oneOf(['hex', 'base64'] as const),
      /** What is signed, one after the other: the bytes of the body, and the timestamp as its header has it. */
      over: Type.Array(oneOf(['body', 'timestamp'] as const), { minItems: 1, maxItems: 2 }),
      /** Where it says when it was sent; without one nobody can tell that it is old. */
      timestamp: Type.Optional(Header),
    },
    strict,
  ),
  /** The header is the secret. */
  Type.Object({ scheme: Type.Literal('header'), header: Header }, strict),
  /** RFC 7617; the secret is `user:password`. */
  Type.Object({ scheme: Type.Literal('basic') }, strict),
]);

const AskSchema = Type.Object(
  {
    /** Below the address of the source's API. `{$.webhook.data.id}` is a value of the payload, `{cursor}` where the last time ended. */
    path: Type.String({ pattern: '^[/?]', maxLength: 1000 }),
    /** Only for webhooks for which these hold. */
    when: Type.Optional(Type.Array(Condition, { minItems: 1 })),
    /** It is asked of its own accord, so often; without it when a webhook has come. */
    everySeconds: Type.Optional(Type.Integer({ minimum: 10, maximum: 86_400 })),
    /** The member of an answer that holds the address of the next page. */
    next: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    /** An instant of each item: the next time asks for what came at the greatest of them, or later. */
    cursor: Type.Optional(At),
  },
  strict,
);

export const MappingSchema = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$', maxLength: 64 }),
    description: Type.String({ minLength: 1 }),
    signature: Type.Optional(Signature),
    /** What it asks once, by GET, before it sends anything: the value of this header comes back as this member. */
    challenge: Type.Optional(Type.Object({ header: Header, member: Type.String({ minLength: 1 }) }, strict)),
    /** The list whose every member is a signal; without it the payload itself is the one item. */
    items: Type.Optional(Pointer),
    /** What its API is asked, for webhooks that hold an id only, or where it sends none. The payload is then `{webhook, answer}`. */
    ask: Type.Optional(AskSchema),
    /** What the system knows an item by, so that it counts once; else the webhook's id and its place in the list. */
    id: Type.Optional(Type.Union([At, Type.Object({ all: Type.Array(At, { minItems: 2, maxItems: 5 }) }, strict)])),
    /** An item for which one of these does not hold is ignored. */
    when: Type.Optional(Type.Array(Condition, { minItems: 1 })),
    type: SignalTypeOf,
    subject: Type.Optional(
      Type.Object(
        {
          id: Type.Optional(firstOf(Text)),
          email: Type.Optional(firstOf(Text)),
          employeeId: Type.Optional(firstOf(Text)),
          iss: Type.Optional(firstOf(Text)),
          sub: Type.Optional(firstOf(Text)),
        },
        { ...strict, minProperties: 1 },
      ),
    ),
    device: Type.Optional(Type.Object({ id: firstOf(Text) }, strict)),
    /** Not by default the time of the attempt: that is another at each retry, and one event would be two. */
    occurredAt: firstOf(Time),
    effectiveAt: Type.Optional(firstOf(Time)),
    sequence: Type.Optional(At),
    reason: Type.Optional(firstOf(Text)),
  },
  strict,
);

export type Mapping = Static<typeof MappingSchema>;
export type AskOf = Static<typeof AskSchema>;
export type VendorSignature = Static<typeof Signature>;
export type TextOf = Static<typeof Text>;
export type TimeOf = Static<typeof Time>;
export type ConditionOf = Static<typeof Condition>;

/** The mappings this installation has. */
export abstract class Mappings {
  abstract readonly names: readonly string[];
  abstract get(name: string): Mapping | undefined;
}

/** Throws `invalid_field`. */
export function mappingNamed(mappings: Mappings, name: string): Mapping {
  const mapping = mappings.get(name);
  if (!mapping) throw invalidField('mapping', `must be one of ${mappings.names.join(', ')}`);
  return mapping;
}
