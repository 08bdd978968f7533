import { EVENT_DEFINITIONS, type CurfewEvent } from '@curfew/contracts';
import { Type } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { PermanentError } from './errors.js';
import type { IncomingMessage } from './event-transport.js';

/** PostgreSQL keeps no NUL, so an event with one could be neither handled nor set aside, and would be tried for ever. */
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000]*$' });
const id = text(256);
const name = text(1024);
const Envelope = TypeCompiler.Compile(
  Type.Object({
    specversion: Type.Literal('1.0'),
    id,
    source: name,
    type: name,
    subject: name,
    time: name,
    tenant: id,
    partitionkey: name,
    correlationid: name,
    causationid: Type.Optional(name),
    actor: name,
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
  if (Number.isNaN(Date.parse(value.time))) throw new PermanentError("not one of Curfew's CloudEvents: /time is none");
  const definition = EVENT_DEFINITIONS.get(value.type);
  if (definition && !definition.check.Check(value.data)) {
    const first = definition.check.Errors(value.data).First();
    throw new PermanentError(`data does not match ${value.type}: ${first?.path} ${first?.message}`);
  }
  return value as unknown as CurfewEvent;
}
