import { Circuit } from './circuit.js';

const failing = (...atMs: number[]): Circuit => {
  const circuit = new Circuit();
  for (const ms of atMs) circuit.failed(ms);
  return circuit;
};

describe('a circuit', () => {
  it('opens after three failures in a row, and not after two', () => {
    expect(failing(1, 2).open).toBe(false);
    expect(failing(1, 2, 3).open).toBe(true);
  });

  it('forgets failures that a success came between', () => {
    const circuit = failing(1, 2);
    circuit.succeeded();
    circuit.failed(3);
    circuit.failed(4);
    expect(circuit.open).toBe(false);
  });

  it('lets one probe through a second while it is open', () => {
    const circuit = failing(1, 2, 3_000);
    expect([circuit.mayProbe(3_999), circuit.mayProbe(4_000)]).toEqual([false, true]);
    circuit.probing(4_000);
    expect([circuit.mayProbe(4_999), circuit.mayProbe(5_000)]).toEqual([false, true]);
    circuit.failed(5_500);
    expect([circuit.mayProbe(6_499), circuit.mayProbe(6_500)]).toEqual([false, true]);
  });

  it('closes with one success, and says once that what waited may go', () => {
    const circuit = failing(1, 2, 3, 4, 5);
    expect(circuit.succeeded()).toBe(true);
    expect(circuit.open).toBe(false);
    expect(circuit.succeeded()).toBe(false);
  });
});
