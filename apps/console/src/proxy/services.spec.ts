import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ownerOf } from './services.js';

const folder = path.resolve(__dirname, '..', '..', '..', '..', 'docs', 'openapi');

it('every path under /v1 of every service is known, and to be answered by that service', () => {
  for (const file of readdirSync(folder)) {
    const { paths } = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as { paths: object };
    for (const of of Object.keys(paths).filter((one) => one.startsWith('/v1/')))
      // Webhooks and security events are their senders', who are nobody at a console.
      if (!/^\/v1\/(hooks|security-events)\//.test(of))
        expect([of, ownerOf(of)]).toEqual([of, path.basename(file, '.json')]);
  }
});

it.each([
  '/metrics',
  '/v1',
  '/v1/../metrics',
  '/v1/sessions/..%2f..%2fmetrics',
  '/v1//sessions',
  '/v1/hooks/x',
  '/oauth2/introspect',
])('%s is nobody’s', (of) => expect(ownerOf(of)).toBeUndefined());
