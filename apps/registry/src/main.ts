import { main } from '@curfew/runtime';
import { registry } from './registry.module.js';

await main([registry]);
