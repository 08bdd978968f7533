// `node scripts/browser.mjs`: where a real Chromium is, as JSON; installs it where that may be done.
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { ensureCommands, has } from './apt.mjs';

const PROGRAM = '/usr/bin/chromium';
/** Nothing but the page under test: no update, no sync, no first-run talk with its maker. */
export const CHROMIUM_FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function chromium() {
  if (!existsSync(PROGRAM) && !has('chromium'))
    ensureCommands({ chromium: 'chromium' }, { for: 'Testing the console' });
  return PROGRAM;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  console.log(JSON.stringify({ program: chromium(), flags: CHROMIUM_FLAGS }));
