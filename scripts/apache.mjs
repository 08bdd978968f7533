// `node scripts/apache.mjs`: where Apache and its mod_auth_openidc are, as JSON; installs them where that may be done.
// `apache2-bin` brings the program without a service of the machine's own, which nobody asked for.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ensureCommands } from './apt.mjs';

const PROGRAM = '/usr/sbin/apache2';
const MODULES = '/usr/lib/apache2/modules';
const wanted = { apache2: PROGRAM, mod_auth_openidc: path.join(MODULES, 'mod_auth_openidc.so') };

const missing = Object.keys(wanted).filter((name) => !existsSync(wanted[name]));
if (missing.length > 0) {
  const packages = { apache2: 'apache2-bin', mod_auth_openidc: 'libapache2-mod-auth-openidc' };
  ensureCommands(Object.fromEntries(missing.map((name) => [`${name} (${wanted[name]})`, packages[name]])), {
    for: 'Testing logout with mod_auth_openidc',
  });
}
console.log(JSON.stringify({ program: PROGRAM, modules: MODULES }));
