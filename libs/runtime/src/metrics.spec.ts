import { Metrics } from './metrics.js';

describe('I7: what /metrics shows', () => {
  const metrics = new Metrics();
  const tenants = metrics.histogram('of_tenants_seconds', 'Of tenants', ['tenant', 'application'], [1]);
  const counter = metrics.counter('of_both_total', 'Tenant second', ['application', 'tenant']);
  beforeAll(() => {
    metrics.counter('of_nobody_total', 'Of nobody', []).inc();
    for (const tenant of ['acme', 'acme2', 'evil']) {
      tenants.observe({ tenant, application: `app of ${tenant}` }, 0.5);
      counter.inc({ tenant, application: `app of ${tenant}` });
    }
    // Names that would like to be taken for another tenant's.
    counter.inc({ tenant: 'evil', application: 'x",tenant="acme' });
    counter.inc({ tenant: 'evil', application: 'x\n,tenant="acme"' });
  });
  const shown = async (tenant: string | undefined, everything = false) => {
    const text = await metrics.text(tenant, everything);
    return ['acme', 'acme2', 'evil'].filter((name) => text.includes(`app of ${name}"`));
  };

  it('are the series of the tenant who asks, and of no other', async () => {
    expect(await shown('acme')).toEqual(['acme']);
    expect(await shown('evil')).toEqual(['evil']);
    expect(await shown('acme.')).toEqual([]);
    expect((await metrics.text('acme', false)).match(/tenant="(?!acme")[^"]*"/g)).toBeNull();
  });

  it('no name lets one series pass for another tenant’s', async () => {
    expect(await metrics.text('acme', false)).not.toContain('tenant=\\"acme');
    expect(await metrics.text('acme', false)).not.toContain('evil');
  });

  it('are none of any tenant’s to whoever has no key, and all to an operator', async () => {
    expect(await shown(undefined)).toEqual([]);
    expect(await shown(undefined, true)).toEqual(['acme', 'acme2', 'evil']);
  });

  it('are what belongs to nobody in each case', async () => {
    for (const tenant of ['acme', undefined]) expect(await metrics.text(tenant, false)).toContain('of_nobody_total 1');
  });

  it('count in one place, however many services of a process ask for a metric', () => {
    expect(metrics.counter('of_nobody_total', 'Of nobody', [])).toBe(metrics.counter('of_nobody_total', 'again', []));
  });
});
