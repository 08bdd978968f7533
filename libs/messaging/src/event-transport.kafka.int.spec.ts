import { KafkaEventTransport } from './event-transport.kafka.js';
import { eventTransportSuite } from './event-transport.suite.js';

const brokers = process.env.KAFKA_BROKERS?.split(',');
if (!brokers) throw new Error('KAFKA_BROKERS is not set');

eventTransportSuite((service) => new KafkaEventTransport({ brokers, clientId: 'transport-test' }, service.log));
