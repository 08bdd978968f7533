import { main } from '@curfew/runtime';
import { fanout } from './fanout.module.js';

await main([fanout]);
