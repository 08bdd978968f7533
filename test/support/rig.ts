import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { postgresServer, startBacking, type Backing, type Server } from '../../scripts/backing.mjs';
import type { Curfew } from './curfew.js';
import { Form, type FormName, type Service } from './form.js';
import { until } from './until.js';

/** A step of a service at which it dies; see libs/messaging/src/crash-point.ts. */
export type Point = `S${number}@${Service}`;

export interface Death {
  /** How long it stays dead before it is started again. */
  readonly downMs: number;
  /** In a row: a second time when it comes to the same step again, if it does. */
  readonly times: number;
}

const BASE_PORT = Number(process.env.CURFEW_BASE_PORT || 4_900);
const HIT_WITHIN_MS = 30_000;
const HIT_SOON_MS = 15_000;
const UP_WITHIN_MS = 180_000;
const serviceOf = (point: Point): Service => point.split('@')[1] as Service;
/** Servers of its own, whatever the variables of whoever runs the tests say: they will be killed. */
const OWN_SERVERS = { KAFKA_BROKERS: '', DATABASE_URL: '', REDIS_URL: '' };

/**
 * Curfew in one of its forms, with all it stands on, made to be broken: services that die at a named step, servers
 * that can be killed, frozen and started again. Whatever is done to it, it is the same Curfew on the same data.
 */
export class Rig {
  /** How far the form's output was read for the deaths of each service. */
  private readonly read = new Map<Service, number>();
  /** Points that are still to kill. */
  private readonly armed = new Set<Point>();

  private constructor(
    readonly name: FormName,
    private readonly dataDir: string,
    private readonly basePort: number,
    private form: Form,
    readonly postgres: Omit<Server, 'from'>,
    private readonly backing: Backing | undefined,
  ) {}

  static async start(name: FormName, basePort = BASE_PORT): Promise<Rig> {
    const dataDir = mkdtempSync(path.join(tmpdir(), `curfew-${name}-`));
    chmodSync(dataDir, 0o755); // PostgreSQL, which root runs as nobody, keeps its data here too
    mkdirSync(path.join(dataDir, 'crash-points'));
    const form = await startForm(name, dataDir, basePort);
    if (name === 'embedded') {
      const postgres = await postgresServer({ dataDir: path.join(dataDir, 'postgres') });
      return new Rig(name, dataDir, basePort, form, postgres, undefined);
    }
    const backing = await startBacking({ dataDir, env: {} });
    return new Rig(name, dataDir, basePort, form, backing.postgres, backing);
  }

  get curfew(): Curfew {
    return this.form.curfew;
  }

  /** Of the distributed form. */
  get servers(): Backing {
    if (!this.backing) throw new Error('the embedded form has neither Kafka nor Redis');
    return this.backing;
  }

  signal(service: Service, signal: NodeJS.Signals): void {
    process.kill(this.form.endpoints[service].pid, signal);
  }

  /** `--kill`: it is not asked to stop first. */
  async restart(services: readonly Service[], ...options: '--kill'[]): Promise<void> {
    await this.form.stackCommand(['restart', ...services, ...options]);
  }

  /** In order; it stays away until `restart`. */
  async end(service: Service): Promise<void> {
    const { pid } = this.form.endpoints[service];
    process.kill(pid, 'SIGTERM');
    await until(`${service} has ended`, () => !isAlive(pid), 20_000);
  }

  /** A second instance of a service beside the stack's own, on the same servers. Answers when it is ready. */
  async second(service: Service): Promise<{ stop: () => Promise<void> }> {
    const { endpoints } = this.form;
    const env = {
      ...process.env,
      ...this.servers.env,
      CURFEW_SERVICE: service,
      CURFEW_DATA_DIR: this.dataDir,
      CURFEW_BASE_PORT: String(this.basePort + 10),
      CURFEW_ISSUER: endpoints.fanout.url,
      CURFEW_ALLOWED_PRIVATE_DESTINATIONS: '127.0.0.0/8',
      CURFEW_LOG_LEVEL: 'warn',
      CURFEW_LOG_FILE: path.join(this.dataDir, 'logs', `second-${service}.log`),
    };
    const child = spawn(process.execPath, ['scripts/service.mjs'], { env, stdio: 'ignore' });
    const url = new URL(endpoints[service].url);
    url.port = String(Number(url.port) + 10);
    await until(
      `a second ${service} is ready`,
      async () => (await request(new URL('/health/ready', url))).statusCode === 200,
      60_000,
    );
    return {
      stop: async () => {
        child.kill('SIGTERM');
        await until(
          `the second ${service} has ended`,
          () => child.exitCode !== null || child.signalCode !== null,
          20_000,
        );
      },
    };
  }

  arm(points: readonly Point[]): void {
    for (const point of points) {
      this.armed.add(point);
      writeFileSync(this.fileOf(point), '');
    }
  }

  /**
   * Waits until each of these points has killed its service, and starts that again, in the embedded form all of them.
   * Throws when one is not reached, or its service ends in any other way: then the test would prove nothing.
   * Answers when the last of them was ready.
   */
  async survive(points: readonly Point[], death: Death): Promise<number> {
    if (this.name === 'distributed') {
      await Promise.all(
        points.map(async (point) => {
          await until(`${point} is reached`, () => this.hit(point), HIT_WITHIN_MS);
          await this.dieAndReturn(point, death);
        }),
      );
    } else {
      const left = () => points.filter((point) => this.armed.has(point));
      while (left().length > 0) {
        const next = () => left().find((point) => this.hit(point));
        await this.dieAndReturn(await until(`one of ${left().join()} is reached`, next, HIT_WITHIN_MS), death);
      }
    }
    return Date.now();
  }

  /** Has the service die at this step, if it comes there, and starts it again. */
  async crash(point: Point, death: Death): Promise<boolean> {
    this.arm([point]);
    if (!(await this.hitSoon(point))) return false;
    await this.dieAndReturn(point, death);
    return true;
  }

  async kill(service: Service, downMs: number): Promise<void> {
    this.signal(service, 'SIGKILL');
    await this.seeDead(service);
    await this.bringBack(service, downMs);
  }

  async stop(): Promise<void> {
    await this.form.stop();
    await this.postgres.stop(); // one that was started again is not the form's any more
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  private async dieAndReturn(point: Point, { downMs, times }: Death): Promise<void> {
    const service = serviceOf(point);
    for (let time = 1; ; time++) {
      this.armed.delete(point);
      await this.seeDead(service);
      if (time < times) this.arm([point]);
      const diedStarting = await this.bringBack(service, downMs);
      if (time === times || diedStarting || !(await this.hitSoon(point))) return;
    }
  }

  private async seeDead(service: Service): Promise<void> {
    if (this.name === 'embedded') {
      await this.form.ended();
      if (!this.form.output.includes('The services ended (SIGKILL)')) throw new Error(this.form.output);
    } else {
      const said = `${service} has ended (SIGKILL)`;
      const found = () => this.form.output.indexOf(said, this.read.get(service));
      await until(`${service} has died of SIGKILL`, () => found() >= 0);
      this.read.set(service, found() + said.length);
    }
  }

  /**
   * What it stands on may be down too, and what was armed may kill it before it is up: then again, and again. Answers
   * whether it died so.
   */
  private async bringBack(service: Service, downMs: number): Promise<boolean> {
    await sleep(downMs);
    let diedStarting = false;
    const start = async () => {
      // It is dead: whatever was hit by now, perhaps while it was starting, has had its death.
      for (const point of this.armed)
        if ((this.name === 'embedded' || serviceOf(point) === service) && this.hit(point)) this.armed.delete(point);
      try {
        if (this.name === 'distributed') await this.restart([service]);
        else this.form = await startForm(this.name, this.dataDir, this.basePort);
        return true;
      } catch (error) {
        diedStarting = true;
        throw error;
      }
    };
    await until(`${service} is up again`, start, UP_WITHIN_MS);
    if (diedStarting) this.read.set(service, this.form.output.length);
    return diedStarting;
  }

  private hit(point: Point): boolean {
    return !existsSync(this.fileOf(point));
  }

  /** Nothing may come to it any more; then it is taken away again. */
  private async hitSoon(point: Point): Promise<boolean> {
    await until(`${point} is reached`, () => this.hit(point), HIT_SOON_MS).catch(() => undefined);
    try {
      rmSync(this.fileOf(point));
    } catch {
      return true; // hit
    }
    this.armed.delete(point);
    return false;
  }

  private fileOf(point: Point): string {
    return path.join(this.dataDir, 'crash-points', point);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const startForm = (name: FormName, dataDir: string, basePort: number): Promise<Form> =>
  Form.start(name, {
    basePort,
    dataDir,
    env: { ...OWN_SERVERS, CURFEW_CRASH_POINTS: path.join(dataDir, 'crash-points') },
  });
