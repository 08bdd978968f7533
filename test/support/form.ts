import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Curfew } from './curfew.js';

export const FORMS = ['embedded', 'distributed'] as const;
export type FormName = (typeof FORMS)[number];

export type Endpoints = Readonly<
  Record<'signals' | 'policy' | 'registry' | 'fanout' | 'audit' | 'console', { url: string; pid: number }>
>;
export type Service = keyof Endpoints;
export const SERVICES = ['signals', 'policy', 'registry', 'fanout', 'audit'] as const satisfies readonly Service[];

/** Long enough for a machine that fetches Kafka first. */
const READY_WITHIN_MS = 180_000;

export interface FormOptions {
  /** The first of seven ports in a row. */
  readonly basePort: number;
  /** One that was used before is taken up again; a new, empty one without, which `stop` removes. */
  readonly dataDir?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Curfew as its users start it, in one of its two forms. Everything goes by its files, its ports and its commands. */
export class Form {
  static readonly bootstrapKey = 'bootstrap-key-of-the-tests-0123456789';
  private said = '';

  private constructor(
    readonly name: FormName,
    readonly dataDir: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly child: ChildProcess,
    private readonly temporary: boolean,
  ) {
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (this.said += text));
  }

  static async start(name: FormName, { basePort, dataDir, env = {} }: FormOptions): Promise<Form> {
    const folder = dataDir ?? mkdtempSync(path.join(tmpdir(), `curfew-${name}-`));
    // Else PostgreSQL, which root runs as nobody, would keep its data elsewhere, and `stop` would leave them behind.
    if (dataDir === undefined) chmodSync(folder, 0o755);
    const settings = {
      ...process.env,
      CURFEW_DATA_DIR: folder,
      CURFEW_BASE_PORT: String(basePort),
      CURFEW_BOOTSTRAP_KEY: Form.bootstrapKey,
      CURFEW_ALLOWED_PRIVATE_DESTINATIONS: '127.0.0.0/8',
      CURFEW_LOG_LEVEL: 'warn',
      npm_lifecycle_event: 'start', // as below npm: it ends when we do, whatever we die of
      ...env,
    };
    const args = name === 'embedded' ? ['start', '--no-demo'] : ['stack'];
    const child = spawn(process.execPath, ['scripts/run.mjs', ...args], {
      env: settings,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const form = new Form(name, folder, settings, child, dataDir === undefined);
    for (const deadline = Date.now() + READY_WITHIN_MS; !existsSync(form.endpointsFile); await sleep(20)) {
      if (child.exitCode !== null) throw new Error(`the ${name} form ended while starting:\n${form.said}`);
      if (Date.now() > deadline) {
        child.kill('SIGTERM');
        throw new Error(`the ${name} form was not ready in time; see ${folder}/logs:\n${form.said}`);
      }
    }
    return form;
  }

  /** All that a person at the terminal would have read; how a service ended stands nowhere else. */
  get output(): string {
    return this.said;
  }

  /** Read anew each time: a service that was started again has another pid. */
  get endpoints(): Endpoints {
    return JSON.parse(readFileSync(this.endpointsFile, 'utf8')) as Endpoints;
  }

  /** The API, as the first administrator of the tenant `default`. */
  get curfew(): Curfew {
    return new Curfew(this.endpoints, Form.bootstrapKey);
  }

  /** A line of `npm run stack -- …`, for the distributed form. */
  async stackCommand(args: readonly string[]): Promise<void> {
    const command = spawn(process.execPath, ['scripts/run.mjs', 'stack', ...args], {
      env: this.env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const code = await new Promise((resolve) => command.once('exit', resolve));
    if (code !== 0) throw new Error(`npm run stack -- ${args.join(' ')} ended with ${String(code)}`);
  }

  /** Resolves when the starting process has ended, for whatever reason. */
  async ended(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null)
      await new Promise((resolve) => this.child.once('exit', resolve));
  }

  /** In order; the data stays if it was there before. */
  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended();
    if (this.temporary) rmSync(this.dataDir, { recursive: true, force: true });
  }

  private get endpointsFile(): string {
    return path.join(this.dataDir, 'run', 'endpoints.json');
  }
}
