import { kafkaDown } from '../crash/kafka-down.js';
import { aRig } from '../crash/setting.js';

kafkaDown(aRig('distributed'), 60_000);
