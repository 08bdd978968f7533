import { EVENT_DEFINITIONS, type CurfewEvent } from '@curfew/contracts';
import { Type } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { PermanentError } from './errors.js';
import type { IncomingMessage } from './event-transport.js';

const text = Type.String({ minLength: 1, maxLength: 1024 });
const Envelope = TypeCompiler.Compile(
  Type.Object({
    specversion: Type.Literal('1.0'),
    id: text,
    source: text,
    type: text,
    subject: text,
    time: text,
    tenant: text,
    partitionkey: text,
    correlationid: text,
    causationid: Type.Optional(text),
    actor: text,
    data: Type.Object({}, { additionalProperties: true }),
  }),
);

/** Reads one of Curfew's own messages. Throws a `PermanentError` that says what is wrong with it. */
export function parseEvent(message: IncomingMessage): CurfewEvent {
  if (message.value === null) throw new PermanentError('the message has no value');
  let value: unknown;
  try {
    value = JSON.parse(message.value.toString());
  } catch (error) {
    throw new PermanentError(`not JSON: ${(error as Error).message}`);
  }
  if (!Envelope.Check(value)) {
    const first = Envelope.Errors(value).First();
    throw new PermanentError(`not one of Curfew's CloudEvents: ${first?.path} ${first?.message}`);
  }
  const definition = EVENT_DEFINITIONS.get(value.type);
  if (definition && !definition.check.Check(value.data)) {
    const first = definition.check.Errors(value.data).First();
    throw new PermanentError(`data does not match ${value.type}: ${first?.path} ${first?.message}`);
  }
  return value as unknown as CurfewEvent;
}
