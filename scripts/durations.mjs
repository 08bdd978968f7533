// Where the time of `npm test` goes: each step, and the test files that took longest.
import path from 'node:path';

const SLOWEST = 12;
const seconds = (ms) => `${(ms / 1000).toFixed(1).padStart(7)} s`;

export class Durations {
  #began = performance.now();
  #steps = [];
  #files = [];

  /** Steps of one kind follow each other or run side by side: each has its own time. */
  async of(step, work) {
    const began = performance.now();
    try {
      return await work();
    } finally {
      this.#steps.push({ name: step, ms: performance.now() - began });
    }
  }

  /** @param {{testResults: {name: string, startTime: number, endTime: number}[]}} result Jest's */
  files(step, { testResults }) {
    for (const { name, startTime, endTime } of testResults)
      this.#files.push({ name: `${path.relative('', name)} (${step})`, ms: endTime - startTime });
  }

  toString() {
    const slowest = this.#files.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST);
    const rows = [...this.#steps, { name: 'all', ms: performance.now() - this.#began }];
    const shown = ({ name, ms }) => `${seconds(ms)}  ${name}`;
    return [...rows.map(shown), ...(slowest.length > 0 ? ['  longest files:'] : []), ...slowest.map(shown)].join('\n');
  }
}
