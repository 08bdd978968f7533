import { organisation, type Organisation } from '../support/product.js';

interface Signal {
  readonly signalId: string;
  readonly progress: string;
  readonly revocationId: string;
}

interface Chain {
  readonly state: string;
  readonly ended: number;
  readonly signal: { readonly type: string };
  readonly sessions: readonly {
    readonly sid: string;
    readonly clientId: string;
    readonly delivery: { readonly state: string } | null;
  }[];
}

describe('an HR termination', () => {
  let acme: Organisation;
  beforeAll(async () => {
    acme = await organisation(5);
  });
  afterAll(() => acme.close());

  it('RV-01 RV-04 RV-15 RV-20 ends every session at every application, tells each once, and leaves the whole chain', async () => {
    const { curfew, applications, clientIds } = acme;
    await curfew.person('ada', clientIds);
    await curfew.person('bob', clientIds);

    const signal = (await curfew.terminate('ada', {}, { headers: { prefer: 'wait=10' } })) as unknown as Signal;

    expect(signal.progress).toBe('completed');
    // Signals may know of it a moment before the registry does.
    const chain = await curfew.call<Chain>('registry', 'GET', `/v1/revocations/${signal.revocationId}`, undefined, {
      headers: { prefer: 'wait=10' },
    });
    expect(chain).toMatchObject({ state: 'settled', ended: 5, signal: { type: 'employment.terminated' } });
    for (const { clientId, ended, journal } of applications) {
      const own = chain.sessions.filter((session) => session.clientId === clientId);
      expect(own.map(({ delivery }) => delivery?.state)).toEqual(['accepted']);
      expect([...ended]).toEqual(own.map(({ sid }) => sid));
      expect(journal).toHaveLength(1);
    }
    const left = (who: string) =>
      curfew.call<{ items: unknown[] }>('registry', 'GET', `/v1/sessions?subject=${who}&status=live`);
    expect((await left('ada')).items).toHaveLength(0);
    expect((await left('bob')).items).toHaveLength(5);
  });
});
