// What an HR system publishes: a CloudEvent whose attributes are the signal's type, id, time and source, and whose data is
// the rest of what POST /v1/signals takes (apps/signals/src/inbound/hr-message.ts reads it).

/** @param schemas of the OpenAPI document of signals */
export function hrSignalSchema(schemas) {
  const { properties, required } = inlined(schemas.SignalDto, schemas);
  const { type, eventId, ...data } = properties;
  const attribute = { type: 'string', minLength: 1, maxLength: 250 };
  return {
    type: 'object',
    description: 'A signal, as CloudEvents 1.0.',
    properties: {
      specversion: { const: '1.0' },
      id: { ...attribute, description: eventId.description },
      source: { ...attribute, description: 'The HR system; its signals are those of the source `hr:<source>`.' },
      type: { enum: type.enum },
      time: {
        type: 'string',
        format: 'date-time',
        description: 'When the source said it, unless data.occurredAt says so.',
      },
      tenant: { ...attribute, default: 'default' },
      data: {
        type: 'object',
        properties: data,
        required: required.filter((name) => name in data && name !== 'occurredAt'),
        additionalProperties: false,
      },
    },
    required: ['specversion', 'id', 'source', 'type', 'data'],
  };
}

function inlined(value, schemas) {
  if (Array.isArray(value)) return value.map((item) => inlined(item, schemas));
  if (typeof value !== 'object' || value === null) return value;
  if (value.$ref) return inlined(schemas[value.$ref.split('/').at(-1)], schemas);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, inlined(member, schemas)]));
}
