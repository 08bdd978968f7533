import { kafkaDown } from './kafka-down.js';

/** Longer than any session or lease lasts; a whole minute is for `npm run chaos`. */
kafkaDown(15_000);
