import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Curfew } from './curfew.js';

export type FormName = 'embedded' | 'distributed';
export type Endpoints = Readonly<
  Record<'signals' | 'policy' | 'registry' | 'fanout' | 'audit', { url: string; pid: number }>
>;

const ROOT = path.resolve(import.meta.dirname, '..', '..', '..');
const KEY = 'bench-bootstrap-key-0123456789';
const READY_WITHIN_MS = 180_000;
const BASE_PORT = { embedded: 5_100, distributed: 5_200 };

/** Curfew as its users start it, in one of its two forms, on an empty data directory of its own. */
export class Form {
  readonly curfew: Curfew;

  private constructor(
    readonly name: FormName,
    readonly endpoints: Endpoints,
    readonly env: NodeJS.ProcessEnv,
    private readonly child: ChildProcess,
    private readonly dataDir: string,
  ) {
    this.curfew = new Curfew(endpoints, KEY);
  }

  static readonly key = KEY;

  static async start(name: FormName): Promise<Form> {
    const dataDir = mkdtempSync(path.join(tmpdir(), `curfew-bench-${name}-`));
    const env = {
      ...process.env,
      CURFEW_DATA_DIR: dataDir,
      CURFEW_BASE_PORT: String(BASE_PORT[name]),
      CURFEW_BOOTSTRAP_KEY: KEY,
      CURFEW_ALLOWED_PRIVATE_DESTINATIONS: '127.0.0.0/8',
      CURFEW_LOG_LEVEL: 'warn',
    };
    const args = name === 'embedded' ? ['start', '--no-demo'] : ['stack'];
    const child = spawn(process.execPath, [path.join(ROOT, 'scripts', 'run.mjs'), ...args], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const file = path.join(dataDir, 'run', 'endpoints.json');
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!existsSync(file)) {
      if (child.exitCode !== null)
        throw new Error(`the ${name} form ended while starting; its log is below ${dataDir}`);
      if (Date.now() > deadline) throw new Error(`the ${name} form was not ready in time; its log is below ${dataDir}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return new Form(name, JSON.parse(readFileSync(file, 'utf8')) as Endpoints, env, child, dataDir);
  }

  async stop(): Promise<void> {
    await this.curfew.close();
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
