import { crashRounds } from '../crash/crash-rounds.js';
import { aRig } from '../crash/setting.js';
import { FORMS } from '../support/form.js';

const DEATHS = [
  { downMs: 0, times: 2 }, // with an immediate restart, once: `npm test`
  { downMs: 5_000, times: 1 },
  { downMs: 60_000, times: 1 },
];

describe.each(FORMS)('%s', (form) => {
  const rig = aRig(form);
  for (const death of DEATHS) crashRounds(rig, death);
});
