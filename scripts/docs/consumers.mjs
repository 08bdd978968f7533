// Which events a service takes in: what the decorators of its consumers have left on the classes.
import 'reflect-metadata';
import { PATTERN_METADATA, TRANSPORT_METADATA } from '@nestjs/microservices/constants.js';

/** @returns {{types: Set<string>, inbound: Set<string>}} event types, or '*' for all; topics written from outside */
export function consumedBy({ name, module }, { contextControllers, EVENT_TRANSPORT, TOPICS }, program) {
  const types = new Set();
  for (const { prototype } of [...(Reflect.getMetadata('controllers', module) ?? []), ...contextControllers]) {
    for (const member of Object.getOwnPropertyNames(prototype)) {
      const handler = prototype[member];
      if (Reflect.getMetadata(TRANSPORT_METADATA, handler) !== EVENT_TRANSPORT) continue;
      for (const pattern of Reflect.getMetadata(PATTERN_METADATA, handler)) types.add(pattern);
    }
  }
  // Foreign messages are no events of ours: their topic is subscribed to by name.
  const inbound = Object.entries(TOPICS)
    .filter(([, { kind }]) => kind === 'inbound')
    .filter(([key]) => sourcesOf(program, name).some(({ text }) => text.includes(`TOPICS.${key}.`)))
    .map(([, topic]) => topic.name);
  return { types, inbound: new Set(inbound) };
}

const sourcesOf = (program, service) =>
  program.getSourceFiles().filter(({ fileName }) => fileName.includes(`/apps/${service}/src/`));
