import { main } from '@curfew/runtime';
import { signals } from './signals.module.js';

await main([signals]);
