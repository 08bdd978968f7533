// The JSON Schema of the policy document: that of the body of its route, by itself, and as strict as the route is.

/** @param openApi the OpenAPI document of `policy` */
export function policyDocumentSchema({ components: { schemas } }) {
  const named = {};
  const refer = (name) => {
    if (!(name in named)) {
      named[name] = undefined; // met: a schema may lead back to itself
      named[name] = convert(schemas[name]);
    }
    return { $ref: `#/$defs/${name}` };
  };
  const convert = (value) => {
    if (Array.isArray(value)) return value.map(convert);
    if (typeof value !== 'object' || value === null) return value;
    const { $ref, example, ...rest } = value;
    if ($ref) return refer($ref.split('/').at(-1));
    const converted = Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, convert(part)]));
    return {
      ...converted,
      ...(example === undefined ? {} : { examples: [example] }),
      ...(rest.properties && rest.additionalProperties === undefined ? { additionalProperties: false } : {}),
    };
  };
  const document = convert(schemas.PolicyDocumentDto);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:curfew:policy-document:v1',
    title: "A tenant's policies (GET and PUT /v1/policies/document)",
    ...document,
    $defs: Object.fromEntries(Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
