// A container's way in: `service.mjs` runs the service that CURFEW_SERVICE names, `service.mjs migrate` brings its
// schema up to date and ends, `service.mjs health` ends with 0 when the service can do its work.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { SERVICES } from './endpoints.mjs';

const service = process.env.CURFEW_SERVICE ?? '';
const main = path.resolve(import.meta.dirname, '..', 'dist', 'services', service, 'main.js');
if (!/^[a-z]+$/.test(service) || !existsSync(main)) {
  console.error(`CURFEW_SERVICE must be one of ${SERVICES.join(', ')}, embedded, not ${service || 'empty'}`);
  process.exit(2);
}

if (process.argv[2] === 'health') {
  // The embedded form listens on the base port itself.
  const port = Number(process.env.CURFEW_BASE_PORT || 4100) + 1 + SERVICES.indexOf(service);
  const response = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(4_000) });
  if (!response.ok) throw new Error(await response.text());
} else {
  await import(main);
}
