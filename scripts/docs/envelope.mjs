// The CloudEvents envelope, from the interface every event has (libs/contracts/src/event.ts).
import ts from 'typescript';
import { SchemasOfTypes } from './json-schema.mjs';

/** @returns the JSON Schema of everything but `data` */
export function envelopeSchema(program, isOurs) {
  const file = program.getSourceFiles().find(({ fileName }) => fileName.endsWith('/libs/contracts/src/event.ts'));
  const declared = file.statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === 'CurfewEvent');
  const checker = program.getTypeChecker();
  const types = new SchemasOfTypes(checker, isOurs);
  const { properties, required } = types.members(checker.getTypeAtLocation(declared), 'CurfewEvent');
  delete properties.data;
  properties.time.format = 'date-time';
  return {
    type: 'object',
    description: 'CloudEvents 1.0 with the extensions Curfew uses.',
    properties,
    required: required.filter((name) => name !== 'data'),
  };
}

/** The whole of one event. */
export const eventSchema = (envelope, { type, description, schema }) => ({
  ...envelope,
  description,
  properties: { ...envelope.properties, type: { const: type }, data: plain(schema) },
  required: [...envelope.required, 'data'],
});

/** TypeBox keeps what it knows besides under symbols. */
export const plain = (schema) => JSON.parse(JSON.stringify(schema));
