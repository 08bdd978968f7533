import { main } from '@curfew/runtime';
import { console as service } from './console.module.js';

await main([service]);
