import { kafkaDown } from '../crash/kafka-down.js';

kafkaDown(60_000);
