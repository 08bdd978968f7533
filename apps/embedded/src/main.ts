import { main } from '@curfew/runtime';
import { audit } from '../../audit/src/audit.module.js';
import { console } from '../../console/src/console.module.js';
import { fanout } from '../../fanout/src/fanout.module.js';
import { policy } from '../../policy/src/policy.module.js';
import { registry } from '../../registry/src/registry.module.js';
import { signals } from '../../signals/src/signals.module.js';

await main([signals, policy, registry, fanout, audit, console]);
