import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Curfew } from '../support/curfew.js';
import type { Endpoints } from '../support/form.js';
import { until } from '../support/until.js';

/** Long enough for a machine that fetches Kafka first. */
export const READY_WITHIN_MS = 180_000;
const ENDED_WITHIN_MS = 45_000;
/** What npm, Jest and whoever runs the tests have set, and a user has not. */
const NOT_A_USERS =
  /^(npm_.*|JEST_.*|NODE_ENV|NODE_OPTIONS|CURFEW_(?!KAFKA_JVM_OPTS$).*|KAFKA_BROKERS|DATABASE_URL|REDIS_URL)$/;
const usersEnv = Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_A_USERS.test(name)));

interface Process {
  readonly pid: number;
  readonly command: string;
}

/** A data directory and the ports that go with it, and every process that has to do with it, whoever started it. */
export class Place {
  readonly dataDir = mkdtempSync(path.join(tmpdir(), 'curfew-commands-'));
  private readonly commands: Command[] = [];

  constructor(readonly basePort: number) {
    chmodSync(this.dataDir, 0o755); // PostgreSQL, which root runs as nobody, keeps its data here too
  }

  /** `npm start -- --no-demo` is `place.npm('start', '--', '--no-demo')`. */
  npm(args: readonly string[], env: NodeJS.ProcessEnv = {}): Command {
    const settings = { CURFEW_DATA_DIR: this.dataDir, CURFEW_BASE_PORT: String(this.basePort) };
    const command = new Command(args, { ...usersEnv, ...settings, ...env });
    this.commands.push(command);
    return command;
  }

  /** Undefined until it is there. It is never read half written: then this throws. */
  get endpoints(): Endpoints | undefined {
    const text = this.file('run', 'endpoints.json');
    return text === undefined ? undefined : (JSON.parse(text) as Endpoints);
  }

  get bootstrapKey(): string {
    return this.file('bootstrap.key')!.trim();
  }

  /** As the first administrator. */
  get curfew(): Curfew {
    return new Curfew(this.endpoints!, this.bootstrapKey);
  }

  /** The node script below npm; of the one that runs. */
  get scriptPid(): number {
    return Number(this.file('run', 'start.pid'));
  }

  file(...names: readonly string[]): string | undefined {
    try {
      return readFileSync(path.join(this.dataDir, ...names), 'utf8');
    } catch {
      return undefined;
    }
  }

  /** By what it was given, what it was called with, and where it works: PostgreSQL and Redis write over some of that. */
  get processes(): Process[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const [command, env] = ['cmdline', 'environ'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8'));
          const known =
            env!.split('\0').includes(`CURFEW_DATA_DIR=${this.dataDir}`) ||
            `${command}\0${readlinkSync(`/proc/${pid}/cwd`)}`.includes(this.dataDir);
          return known ? [{ pid: Number(pid), command: command!.replaceAll('\0', ' ').trim() }] : [];
        } catch {
          return []; // it has just ended, or is not ours to look at
        }
      });
  }

  /** Of those whose command line has it. */
  pidsOf(command: string): number[] {
    return this.processes.filter((process) => process.command.includes(command)).map(({ pid }) => pid);
  }

  /** Throws those that are left when the time is over. */
  async nothingLeft(withinMs = ENDED_WITHIN_MS): Promise<void> {
    await until('no process is left', () => this.processes.length === 0, withinMs).catch((error: unknown) => {
      throw new Error(`${this.dataDir}: ${JSON.stringify(this.processes, null, 2)}`, { cause: error });
    });
  }

  killEverything(): void {
    for (const { pid } of this.processes) signal(pid, 'SIGKILL');
  }

  /** Also after a test that failed half way. */
  async clear(): Promise<void> {
    await until('all is killed', () => (this.killEverything(), this.processes.length === 0));
    await Promise.all(this.commands.map((command) => command.ended));
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** A command as a person types it: npm leads a process group of its own, as below a shell in a terminal. */
export class Command {
  readonly ended: Promise<number>;
  private readonly child: ChildProcess;
  private readonly since = performance.now();
  private readonly said = { stdout: '', stderr: '' };
  private code: number | undefined;

  constructor(
    private readonly args: readonly string[],
    env: NodeJS.ProcessEnv,
  ) {
    this.child = spawn('npm', args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of ['stdout', 'stderr'] as const)
      this.child[stream]!.setEncoding('utf8').on('data', (text: string) => (this.said[stream] += text));
    const leash = leashOf(this.pid);
    this.ended = new Promise((resolve) => {
      const end = (code: number) => {
        leash.kill('SIGKILL');
        resolve((this.code = code));
      };
      this.child.once('error', () => end(-1));
      // Not `close`: what outlives npm still holds the pipe.
      this.child.once('exit', (code) => end(code ?? -1));
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  get output(): string {
    return this.said.stdout;
  }

  /** What it complains of, a line each. */
  get complaints(): string[] {
    return this.said.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('npm '));
  }

  get runs(): boolean {
    return this.code === undefined;
  }

  /** Waits for it. Throws all it said when it ends without. Answers how many ms after it was typed. */
  async says(text: string): Promise<number> {
    const isSaid = () => this.output.includes(text);
    await until(`npm ${this.args.join(' ')} says "${text}"`, () => isSaid() || !this.runs, READY_WITHIN_MS);
    if (!isSaid()) throw new Error(`npm ${this.args.join(' ')}: ${this.code}\n${this.output}${this.said.stderr}`);
    return Math.round(performance.now() - this.since);
  }

  signal(name: NodeJS.Signals): void {
    signal(this.pid, name);
  }

  /** To all in the foreground, as a terminal does it. */
  ctrlC(): void {
    signal(-this.pid, 'SIGINT');
  }
}

/** Tests that are broken off can't clear up, and a Ctrl-C meant for them does not reach a group of its own: this does. */
const leashOf = (group: number): ChildProcess =>
  spawn('sh', ['-c', 'read nothing; kill -TERM -- "-$1"', 'leash', String(group)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
