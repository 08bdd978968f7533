import { MemoryEventTransport } from './event-transport.memory.js';
import { eventTransportSuite } from './event-transport.suite.js';

eventTransportSuite(() => new MemoryEventTransport());
