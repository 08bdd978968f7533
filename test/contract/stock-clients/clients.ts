import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from '../../support/until.js';
import { Browser } from './browser.js';
import { CLIENT_SECRET } from './provider.js';

const root = path.resolve(__dirname, '..', '..', '..');
const MODULES = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'auth_openidc'];
const STARTS_WITHIN_MS = 15_000;
const ENDED = Symbol('ended');

/** An application that nobody wrote for Curfew. */
export interface StockClient {
  readonly clientId: string;
  /** A page that only who is signed in may see; it says who that is. */
  readonly page: string;
  readonly backchannelLogoutUri: string;
  stop(): Promise<void>;
}

/** auth0's middleware for express, in a process of its own. */
export async function startExpress(issuer: string): Promise<StockClient> {
  const clientId = 'express';
  const child = spawn(process.execPath, [path.join(__dirname, 'express.mjs'), issuer, clientId, CLIENT_SECRET], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  const base = await whenUp(child, () => /^http\S+/.exec(said)?.[0]);
  return {
    clientId,
    page: `${base}/`,
    backchannelLogoutUri: `${base}/backchannel-logout`,
    stop: () => stopped(child),
  };
}

/** Debian's Apache with mod_auth_openidc, on a port and a folder of its own. */
export async function startApache(issuer: string): Promise<StockClient> {
  const clientId = 'apache';
  const installed = execFileSync(process.execPath, [path.join(root, 'scripts', 'apache.mjs')], { encoding: 'utf8' });
  const { program, modules } = JSON.parse(installed) as { program: string; modules: string };
  const folder = mkdtempSync(path.join(tmpdir(), 'curfew-apache-'));
  chmodSync(folder, 0o755); // its workers are not who starts it
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const log = path.join(folder, 'error.log');
  writeFileSync(path.join(folder, 'index.html'), 'for your eyes only\n');
  writeFileSync(path.join(folder, 'apache.conf'), configuration({ modules, folder, port, base, issuer, clientId }));
  const child = spawn(program, ['-d', folder, '-f', path.join(folder, 'apache.conf'), '-DFOREGROUND'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await whenUp(child, async () => (await new Browser().get(base)).status === 302, log);
  return {
    clientId,
    page: `${base}/index.html`,
    backchannelLogoutUri: `${base}/callback?logout=backchannel`,
    stop: async () => {
      await stopped(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configuration({
  modules,
  folder,
  port,
  base,
  issuer,
  clientId,
}: Record<'modules' | 'folder' | 'base' | 'issuer' | 'clientId', string> & { port: number }): string {
  return [
    ...MODULES.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`),
    `ServerName 127.0.0.1`,
    `Listen 127.0.0.1:${port}`,
    `DefaultRuntimeDir ${folder}`,
    `PidFile ${folder}/apache.pid`,
    `ErrorLog ${folder}/error.log`,
    ...(process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : []),
    `StartServers 1`,
    `DocumentRoot ${folder}`,
    `OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration`,
    `OIDCClientID ${clientId}`,
    `OIDCClientSecret ${CLIENT_SECRET}`,
    `OIDCRedirectURI ${base}/callback`,
    `OIDCCryptoPassphrase passphrase-of-its-cookies`,
    `<Location />`,
    `  AuthType openid-connect`,
    `  Require valid-user`,
    `</Location>`,
    '',
  ].join('\n');
}

/** Fails at once when it has ended, with what it wrote; leaves nothing running that did not come up. */
async function whenUp<T>(
  child: ChildProcess,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  log?: string,
): Promise<T> {
  const over = () => child.exitCode !== null || child.signalCode !== null;
  try {
    const answer = await until(`${child.spawnfile} is up`, () => (over() ? ENDED : ask()), STARTS_WITHIN_MS);
    if (answer !== ENDED) return answer;
    throw new Error(`${child.spawnfile} has ended`);
  } catch (error) {
    await stopped(child);
    throw log === undefined ? error : new Error(readFileSync(log, 'utf8'), { cause: error });
  }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
