import { RevocationStartedV1, SignalParkedV1 } from '@curfew/contracts';
import { codeOf, openRegistry, type FakeRegistry } from '../registry.fake.js';
import type { SubjectEvent } from './apply-signal.js';
import { SourceOf } from './signal-events.fake.js';

describe('a signal about somebody nobody knows yet', () => {
  let registry: FakeRegistry;
  let tenant: string;
  beforeAll(async () => (registry = await openRegistry()));
  afterAll(() => registry.close());
  beforeEach(async () => (tenant = await registry.tenant()));

  const termination = (identifiers: Record<string, string>): SubjectEvent =>
    new SourceOf(tenant, identifiers).says({ kind: 'terminated', occurredAt: new Date() }).events[0]!;
  const apply = (event: SubjectEvent) => registry.run(tenant, (tx) => registry.applySignal.execute(event, tx));
  const started = async () => (await registry.published(tenant, RevocationStartedV1)).map(({ subject }) => subject);
  const parked = async () =>
    (await registry.owner.query('SELECT 1 FROM parked_events WHERE tenant = $1', [tenant])).rowCount;

  it('F-66 is parked, shown, and applied once, when the subject appears', async () => {
    await apply(termination({ email: 'Ann@Acme.example ' }));
    expect(await registry.published(tenant, SignalParkedV1)).toHaveLength(1);
    expect(await started()).toEqual([]);
    await registry.subject(tenant, 'ann', { identifiers: { email: 'ann@acme.example' } });
    expect(await started()).toEqual(['ann']);
    expect(await codeOf(registry.open(tenant, 'ann'))).toBe('subject_barred');
    await registry.subject(tenant, 'ann', { identifiers: { email: 'ann@acme.example' }, groups: ['sales'] });
    expect(await started()).toEqual(['ann']);
    expect(await parked()).toBe(0);
  });

  it('applies when an identifier is linked to somebody known, each by its own', async () => {
    await registry.subject(tenant, 'ann');
    await apply(termination({ employeeId: 'E-1' }));
    await apply(termination({ iss: 'https://idp.example', sub: 'a' }));
    await apply(termination({ employeeId: 'E-2' }));
    await registry.subject(tenant, 'ann', {
      identifiers: { employeeId: 'E-1' },
      accounts: [{ iss: 'https://idp.example', sub: 'a' }],
    });
    expect(await started()).toEqual(['ann', 'ann']);
    expect(await parked()).toBe(1);
  });

  it('bars a person who becomes known by signing in: they do not come in', async () => {
    await apply(termination({ id: 'walk-in' }));
    expect(await codeOf(registry.open(tenant, 'walk-in'))).toBe('subject_barred');
    expect(await started()).toEqual(['walk-in']);
  });

  it.each([
    ['the signal is being parked', 'parked_events'],
    ['the subject is being created', 'subjects'],
  ])('the other comes while %s: it applies all the same, once', async (_, table) => {
    const release = await registry.hold(table);
    const appear = () => registry.subject(tenant, 'ann', { identifiers: { email: 'ann@acme.example' } });
    const signal = () => apply(termination({ email: 'ann@acme.example' }));
    const [first, second] = table === 'subjects' ? [appear, signal] : [signal, appear];
    const running = [first()];
    await registry.waiting(1, 'relation');
    running.push(second());
    await registry.waiting(1, 'advisory');
    await release();
    await Promise.all(running);
    expect(await started()).toEqual(['ann']);
    expect(await parked()).toBe(0);
    expect(await codeOf(registry.open(tenant, 'ann'))).toBe('subject_barred');
  });
});
