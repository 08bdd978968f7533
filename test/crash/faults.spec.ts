// Fault after fault on one product a form: whatever was done to it before, it is the same Curfew, and starting it anew for
// each took longer than the faults. One alone, once built: `CURFEW_FORM=distributed npx jest --selectProjects crash -t F-10`.
import { product } from '../support/product.js';
import { crashRounds } from './crash-rounds.js';
import { duplicates } from './duplicates.js';
import { frozen } from './frozen.js';
import { kafkaDown } from './kafka-down.js';
import { policySaves } from './policy-saves.js';
import { postgresKilled } from './postgres.js';
import { redisFaults } from './redis.js';
import { aRig } from './setting.js';

describe(product.form, () => {
  const rig = aRig(product.form);

  // The embedded form has neither Kafka nor Redis that could fail.
  if (product.form === 'distributed') {
    duplicates(rig);
    // Longer than any session or lease lasts; a whole minute is for `npm run chaos`.
    kafkaDown(rig, 15_000);
    redisFaults(rig);
    frozen(rig);
    policySaves(rig);
  }
  postgresKilled(rig);
  crashRounds(rig, { downMs: 0, times: 1 });
});
