// One process a service: start all, start one again, stop all.
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICES, untilKeyWorks, writeEndpoints } from '../endpoints.mjs';
import { startProcess, tail } from '../processes.mjs';
import { StartError } from '../settings.mjs';

/** A consumer that was killed holds its group's place until its session is over; a little more than that. */
const REJOIN_MS = 15_000;

/** @typedef {ReturnType<typeof startProcess> & {expected?: boolean}} Process `expected`: its end is our doing */

export class Services {
  /** @type {Map<string, Process>} */
  #running = new Map();
  /** @type {Map<string, Promise<unknown>>} the last of each service */
  #restarts = new Map();
  #stopping = false;
  #ready = false;

  /**
   * @param {object} options
   * @param {{dataDir: string, host: string, basePort: number, bootstrapKey: {value: string}}} options.settings
   * @param {NodeJS.ProcessEnv} options.env
   * @param {(line: string) => void} options.log
   */
  constructor({ settings, env, log }) {
    this.settings = settings;
    this.env = env;
    this.log = log;
  }

  logFile = (name) => this.env.CURFEW_LOG_FILE || path.join(this.settings.dataDir, 'logs', `${name}.log`);

  get endpoints() {
    return Object.fromEntries([...this.#running].map(([name, { pid }]) => [name, { url: this.#urlOf(name), pid }]));
  }

  /** Resolves when the bootstrap key works at each and all have joined their consumer groups. */
  async start() {
    for (const name of SERVICES) this.#launch(name);
    await this.#untilReady(SERVICES, 60_000);
    this.#ready = true;
    writeEndpoints(this.settings.dataDir, this.endpoints);
  }

  /**
   * Whether it runs, hangs or is dead already. Of one service one restart at a time.
   * @returns {Promise<{name: string, ms: number, troubles: string[]}>}
   */
  restart(name, { kill = false } = {}) {
    const restarted = Promise.resolve(this.#restarts.get(name)).then(() => this.#restart(name, kill));
    this.#restarts.set(
      name,
      restarted.catch(() => {}),
    );
    return restarted;
  }

  async #restart(name, kill) {
    if (!this.#ready) throw new StartError('the stack is still starting');
    const began = performance.now();
    const old = this.#running.get(name);
    old.expected = true;
    if (kill) old.child.kill('SIGKILL');
    else old.child.kill('SIGCONT'); // a frozen one would not hear that it is to stop
    await old.stop();
    await old.ended;
    this.#launch(name);
    await this.#untilKeyWorks([name], 60_000);
    writeEndpoints(this.settings.dataDir, this.endpoints);
    // While Kafka is down it can't become ready; it serves what it can, and says so.
    const troubles = await this.#untilJoined(name, REJOIN_MS);
    return { name, ms: Math.round(performance.now() - began), troubles };
  }

  async stop() {
    this.#stopping = true;
    await Promise.all(
      [...this.#running.values()].map((service) => {
        service.expected = true;
        return service.stop();
      }),
    );
  }

  /** What `Started` asks of whatever it is to end at once. */
  child = { kill: (signal) => this.#running.forEach(({ child }) => child.kill(signal)) };

  #launch(name) {
    if (this.#stopping) throw new StartError('the stack is stopping');
    const logFile = this.logFile(name);
    const script = path.resolve(import.meta.dirname, '..', '..', 'dist', 'services', name, 'main.js');
    const service = startProcess({ name, script, env: { ...this.env, CURFEW_LOG_FILE: logFile }, logFile });
    this.#running.set(name, service);
    void service.ended.then((how) => {
      if (service.expected || !this.#ready) return;
      this.log(`${name} has ended (${how}). Start it again: npm run stack -- restart ${name}`);
    });
  }

  async #untilReady(names, withinMs) {
    const end = performance.now() + withinMs;
    await this.#untilKeyWorks(names, withinMs);
    for (const name of names) {
      const troubles = await this.#untilJoined(name, end - performance.now());
      if (troubles.length > 0) throw new StartError(`${name} does not become ready: ${troubles.join('; ')}`);
    }
  }

  /** Rejects as soon as one of them dies, with the end of its log. */
  async #untilKeyWorks(names, withinMs) {
    const givenUp = new AbortController();
    const started = names.map((name) => this.#running.get(name));
    for (const service of started)
      void service.ended.then((how) => {
        const log = this.logFile(service.name);
        givenUp.abort(new StartError(`${service.name} ended at once (${how}); ${log} says:\n${tail(log)}`));
      });
    const endpoints = Object.fromEntries(names.map((name) => [name, this.endpoints[name]]));
    await untilKeyWorks(endpoints, this.settings.bootstrapKey.value, { withinMs, signal: givenUp.signal });
  }

  /** @returns {Promise<string[]>} what it still complains of when the time is over */
  async #untilJoined(name, withinMs) {
    for (const end = performance.now() + withinMs; ; await sleep(50)) {
      const troubles = await troublesOf(this.#urlOf(name));
      if (troubles.length === 0 || performance.now() > end || this.#stopping) return troubles;
    }
  }

  #urlOf(name) {
    const { host, basePort } = this.settings;
    const port = basePort + 1 + SERVICES.indexOf(name);
    return `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`;
  }
}

async function troublesOf(url) {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) });
    const { troubles = [] } = await response.json();
    return response.ok ? [] : troubles;
  } catch (error) {
    return [`does not answer (${error.cause?.code ?? error.name})`];
  }
}
