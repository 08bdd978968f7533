import { crashRounds } from '../crash/crash-rounds.js';
import { FORMS } from '../support/form.js';

// With an immediate restart, once: `npm test`.
for (const form of FORMS) {
  crashRounds(form, { downMs: 0, times: 2 });
  crashRounds(form, { downMs: 5_000, times: 1 });
  crashRounds(form, { downMs: 60_000, times: 1 });
}
