import { main } from '@curfew/runtime';
import { policy } from './policy.module.js';

await main([policy]);
