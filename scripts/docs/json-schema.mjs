// TypeScript types → JSON Schema (2020-12), as the values look once they are JSON: an instant is text, what is undefined
// is not there. What a route answers has one definition, its TypeScript type; the document can't drift from it.
import ts from 'typescript';

/** Types of other packages that we answer with, as far as they concern a reader. */
const EXTERNAL = {
  Date: { type: 'string', format: 'date-time' },
  JWK: {
    type: 'object',
    description: 'A JSON Web Key (RFC 7517).',
    properties: { kty: { type: 'string' }, kid: { type: 'string' }, alg: { type: 'string' }, use: { type: 'string' } },
    required: ['kty'],
    additionalProperties: true,
  },
  JSONWebKeySet: {
    type: 'object',
    description: 'A set of JSON Web Keys (RFC 7517 §5).',
    properties: { keys: { type: 'array', items: { type: 'object' } } },
    required: ['keys'],
  },
};

export class SchemasOfTypes {
  /** Named types met so far, by the name they go by in the document. */
  components = new Map();
  #owners = new Map();

  /** @param {ts.TypeChecker} checker @param {(file: string) => boolean} isOurs whether a type of that file gets a name */
  constructor(checker, isOurs) {
    this.checker = checker;
    this.isOurs = isOurs;
  }

  /** @param {ts.Type} type @param {string} where for the message when there is no JSON of it */
  of(type, where) {
    const { checker } = this;
    if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.TypeParameter)) return {};
    if (type.flags & ts.TypeFlags.Null) return { type: 'null' };
    if (type.flags & (ts.TypeFlags.StringLiteral | ts.TypeFlags.NumberLiteral)) return { const: type.value };
    if (type.flags & ts.TypeFlags.BooleanLiteral) return { const: checker.typeToString(type) === 'true' };
    if (type.flags & ts.TypeFlags.StringLike) return { type: 'string' };
    if (type.flags & ts.TypeFlags.NumberLike) return { type: 'number' };
    if (type.flags & ts.TypeFlags.BooleanLike) return { type: 'boolean' };
    if (type.flags & ts.TypeFlags.NonPrimitive) return { type: 'object' };
    if (type.isUnion()) return this.#union(type, where);
    // A brand (`string & {…}`) is gone once it is JSON.
    const primitive = type.isIntersection() && type.types.find(({ flags }) => flags & ts.TypeFlags.Primitive);
    if (primitive) return this.of(primitive, where);
    if (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) return this.#object(type, where);
    throw new Error(`${where}: there is no JSON of ${checker.typeToString(type)}`);
  }

  /** In an order of its own: the compiler's depends on which file it read first. */
  #union(type, where) {
    const members = type.types.filter(({ flags }) => !(flags & ts.TypeFlags.Undefined));
    const schemas = unique(members.map((member) => this.of(member, where))).sort(byText);
    const nullable = schemas.some((schema) => schema.type === 'null');
    const constants = schemas.filter((schema) => 'const' in schema).map((schema) => schema.const);
    const wide = schemas.filter((schema) => !('const' in schema) && schema.type !== 'null');
    const isWide = (constant) => wide.some((schema) => schema.type === typeof constant);
    const listed = constants.filter((constant) => !isWide(constant));
    const others = [...(listed.length > 0 ? [enumOf(listed)] : []), ...wide];
    return nullableIf(nullable, others.length === 1 ? others[0] : { anyOf: others });
  }

  #object(type, where) {
    const { checker } = this;
    const symbol = type.aliasSymbol ?? type.getSymbol();
    if (checker.isTupleType(type) || checker.isArrayType(type)) {
      const items = unique(checker.getTypeArguments(type).map((item) => this.of(item, where)));
      return { type: 'array', items: items.length === 1 ? items[0] : { anyOf: items } };
    }
    const name = this.#nameOf(type);
    if (name === undefined) return this.#foreign(type) ?? this.members(type, where);
    const owner = this.#owners.get(name);
    if (owner && owner !== symbol)
      throw new Error(`${where}: two types are called ${name}; the document needs two names`);
    if (!owner) {
      this.#owners.set(name, symbol);
      this.components.set(name, this.members(type, name));
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  /** Interfaces and classes of others must be known; their aliases may be (`Omit<…>` is one, and is written out). */
  #foreign(type) {
    const symbol = type.aliasSymbol ?? type.getSymbol();
    const known = symbol && EXTERNAL[symbol.name];
    if (known || !symbol || !(symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class))) return known;
    throw new Error(`there is no JSON of ${symbol.name} known: say what it looks like (EXTERNAL), or answer less`);
  }

  /** Our own interfaces and aliases go by their name; what is written out on the spot, or generic, is written out here too. */
  #nameOf(type) {
    const named = type.aliasSymbol ?? type.getSymbol();
    if (!named || (type.aliasTypeArguments ?? type.typeArguments ?? []).length > 0) return undefined;
    if (!(named.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class | ts.SymbolFlags.TypeAlias))) return undefined;
    return named.declarations?.some((at) => this.isOurs(at.getSourceFile().fileName)) ? named.name : undefined;
  }

  members(type, where) {
    const { checker } = this;
    const properties = {};
    const required = [];
    for (const property of inOrder(checker.getPropertiesOfType(type))) {
      const of = checker.getTypeOfSymbol(property);
      if (of.getCallSignatures().length > 0) continue; // JSON leaves methods out
      properties[property.name] = this.#member(property, of, `${where}.${property.name}`);
      if (!(property.flags & ts.SymbolFlags.Optional) && !includesUndefined(of)) required.push(property.name);
    }
    const index = checker.getIndexInfoOfType(type, ts.IndexKind.String);
    return {
      type: 'object',
      ...(Object.keys(properties).length > 0 ? { properties } : {}),
      ...(required.length > 0 ? { required } : {}),
      ...(index ? { additionalProperties: this.of(index.type, `${where}[…]`) } : {}),
    };
  }

  #member(property, type, where) {
    const schema = withFormat(property.name, this.of(type, where));
    const description = ts
      .displayPartsToString(property.getDocumentationComment(this.checker))
      .replaceAll(/\s+/g, ' ')
      .trim();
    return description ? { ...schema, description } : schema;
  }
}

const includesUndefined = (type) =>
  Boolean(type.flags & ts.TypeFlags.Undefined) || (type.isUnion() && type.types.some(includesUndefined));

/** Instants end in At, as everywhere in our code: some are kept as text already. */
const withFormat = (name, schema) =>
  /[a-z]At$/.test(name) && [schema.type].flat().includes('string') && !schema.enum
    ? { ...schema, format: 'date-time' }
    : schema;

/** As they are declared; those of a mapped type come in whatever order the compiler met their names. */
function inOrder(properties) {
  const placeOf = ({ declarations: [at] = [] }) => (at ? [at.getSourceFile().fileName, at.pos] : ['', 0]);
  const places = new Map(properties.map((property) => [property, placeOf(property)]));
  return properties.toSorted((a, b) => {
    const [[fileA, atA], [fileB, atB]] = [places.get(a), places.get(b)];
    if (fileA !== fileB) return fileA < fileB ? -1 : 1;
    return atA - atB || (a.name < b.name ? -1 : 1);
  });
}

function enumOf(values) {
  if (values.length === 1) return { const: values[0] };
  if (values.length === 2 && values.includes(true) && values.includes(false)) return { type: 'boolean' };
  const kinds = [...new Set(values.map((value) => typeof value))];
  return { type: kinds.length === 1 ? kinds[0] : kinds, enum: values };
}

const byText = (a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

const unique = (items) => [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];

function nullableIf(nullable, schema) {
  if (!nullable) return schema;
  if (typeof schema.type === 'string') {
    return { ...schema, type: [schema.type, 'null'], ...(schema.enum ? { enum: [...schema.enum, null] } : {}) };
  }
  const others = schema.anyOf ?? [schema];
  return others.length === 0 ? { type: 'null' } : { anyOf: [...others, { type: 'null' }] };
}
