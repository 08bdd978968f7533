import { main } from '@curfew/runtime';
import { audit } from './audit.module.js';

await main([audit]);
