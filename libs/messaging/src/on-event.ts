import 'reflect-metadata';
import type { CurfewEvent, EventDefinition, EventOf } from '@curfew/contracts';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { Tx } from './tx.js';

/** The pattern of a handler that takes every event there is, in batches. */
export const EVERY_EVENT = '*';
/** Handlers answer to this transport only. */
export const EVENT_TRANSPORT = Symbol.for('curfew.events');

export type HandlerMode = 'each' | 'together' | 'batch';

type Handler<Argument> = TypedPropertyDescriptor<(argument: Argument, tx: Tx) => Promise<void>>;

function handler(pattern: string, mode: HandlerMode) {
  return <Argument>(target: object, key: string | symbol, descriptor: Handler<Argument>): void => {
    Payload()(target, key, 0);
    Ctx()(target, key, 1);
    // What comes in was checked against its schema: the pipe that validates HTTP bodies by their class has no business here.
    Reflect.defineMetadata('design:paramtypes', [Object, Object], target, key);
    (EventPattern(pattern, EVENT_TRANSPORT, { mode }) as MethodDecorator)(target, key, descriptor);
  };
}

type On<Argument> = (target: object, key: string | symbol, descriptor: Handler<Argument>) => void;

/** One event in a transaction of its own; events of one key one after the other, of others side by side. */
export const OnEvent = <D extends EventDefinition>(definition: D): On<EventOf<D>> => handler(definition.type, 'each');

/**
 * The same, but those of other keys that wait as well share the transaction, side by side: their statements travel
 * together. For what is about one subject each; when one of them fails or finds a lock taken, each has its own again.
 */
export const OnEventTogether = <D extends EventDefinition>(definition: D): On<EventOf<D>> =>
  handler(definition.type, 'together');

/** All events of this type that are waiting, one tenant's, in one transaction. */
export const OnEvents = <D extends EventDefinition>(definition: D): On<readonly EventOf<D>[]> =>
  handler(definition.type, 'batch');

/** Every event of every fact topic, whatever its type, in the order of arrival. */
export const OnEveryEvent = (): On<readonly CurfewEvent[]> => handler(EVERY_EVENT, 'batch');
