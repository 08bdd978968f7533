import { SERVICES, type ServiceName } from '@curfew/contracts';
import { portOf, readConfig } from '@curfew/runtime';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { brokenCopy, renderKustomize, ROOT, services, tool, type Manifest, type Selector } from './manifests.js';

const FORMS = ['k8s/base', 'k8s/overlays/example'];
// The first run fetches the tools.
jest.setTimeout(300_000);

const config = readConfig({ CURFEW_MASTER_KEY: Buffer.alloc(32).toString('base64') });

describe.each(FORMS)('%s', (folder) => {
  let manifests: Manifest[];
  const of = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
  const names = (kind: string) =>
    of(kind)
      .map(({ metadata }) => metadata.name)
      .sort();
  const one = (kind: string, name: string): Manifest => {
    const found = of(kind).filter(({ metadata }) => metadata.name === name);
    expect(found).toHaveLength(1);
    return found[0]!;
  };
  const podOf = (name: string) => one('Deployment', name).spec.template.spec;
  const selects = ({ matchLabels = {} }: Selector, name: string) => {
    const { labels } = one('Deployment', name).spec.template.metadata;
    return Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  };

  beforeAll(() => {
    manifests = renderKustomize(path.join(ROOT, folder));
  });

  it('is valid: every manifest has a schema and keeps to it', () => {
    expect(() => validate(manifests)).not.toThrow();
  });

  it('has the services of apps/, all with what a service has, and nothing else', () => {
    for (const kind of ['Deployment', 'Service', 'ServiceAccount', 'PodDisruptionBudget', 'ScaledObject'])
      expect({ kind, names: names(kind) }).toEqual({ kind, names: services() });
    for (const { kind, metadata } of manifests)
      expect(metadata.namespace).toBe(kind === 'Namespace' ? undefined : 'curfew');
  });

  it('holds no secret: neither the object nor a value', () => {
    expect(of('Secret')).toEqual([]);
    for (const { data = {} } of of('ConfigMap'))
      for (const [name, value] of Object.entries(data)) {
        expect(name).not.toMatch(/KEY|SECRET|PASSWORD|TOKEN|REDIS_URL/);
        expect(value).not.toMatch(/:\/\/[^/]*@/); // credentials in a URL
      }
    for (const { env } of services().flatMap((name) => [...podOf(name).containers, ...podOf(name).initContainers]))
      for (const { name, value } of env) expect({ name, value }).toEqual({ name, value: undefined });
  });

  it('tells services where they listen as the code has it', () => {
    expect(one('ConfigMap', 'curfew').data).toMatchObject({
      CURFEW_BASE_PORT: String(config.basePort),
      CURFEW_HOST: '0.0.0.0',
      CURFEW_MIGRATE: 'never',
    });
  });

  describe.each(SERVICES)('%s', (name: ServiceName) => {
    it('listens where the code says, and is found there', () => {
      const port = portOf(config, [name]);
      expect(podOf(name).containers[0]!.ports).toEqual([{ name: 'http', containerPort: port }]);
      const { spec } = one('Service', name);
      expect(spec.ports).toEqual([{ name: 'http', port, targetPort: 'http' }]);
      for (const other of SERVICES) expect(selects({ matchLabels: spec.selector }, other)).toBe(other === name);
    });

    it('is asked whether it lives and whether it is ready', () => {
      const { startupProbe, livenessProbe, readinessProbe } = podOf(name).containers[0]!;
      const asked = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet);
      const live = { path: '/health/live', port: 'http' };
      expect(asked).toEqual([live, live, { path: '/health/ready', port: 'http' }]);
    });

    it('migrates as the owner and works without his credentials', () => {
      const { initContainers, containers } = podOf(name);
      const secrets = (env: (typeof containers)[number]['env']) =>
        env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []);
      expect(initContainers.map(({ args }) => args)).toEqual([['migrate']]);
      expect(secrets(initContainers[0]!.env)).toContain('curfew-database-owner');
      expect(secrets(containers[0]!.env)).not.toContain('curfew-database-owner');
      expect(secrets(containers[0]!.env).includes('curfew-redis')).toBe(name === 'registry');
      expect(initContainers[0]!.image).toBe(containers[0]!.image);
    });

    it('may do no more than it must', () => {
      const pod = podOf(name);
      expect(pod).toMatchObject({ serviceAccountName: name, automountServiceAccountToken: false });
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      for (const { securityContext, resources } of [...pod.containers, ...pod.initContainers]) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(resources).toMatchObject({
          requests: { cpu: expect.any(String) as string, memory: expect.any(String) as string },
          limits: { memory: expect.any(String) as string },
        });
      }
    });

    it('is spread, kept up during a drain, and scaled by the lag of its own groups', () => {
      expect(podOf(name).topologySpreadConstraints).toHaveLength(2);
      const budget = one('PodDisruptionBudget', name).spec;
      for (const other of SERVICES) expect(selects(budget.selector, other)).toBe(other === name);
      expect(budget.maxUnavailable).toBe(1);
      const scaled = one('ScaledObject', name).spec;
      expect(scaled.scaleTargetRef.name).toBe(name);
      expect(scaled.triggers.map(({ type }) => type)).toEqual(scaled.triggers.map(() => 'kafka'));
      const groups = scaled.triggers.map(({ metadata }) => metadata.consumerGroup);
      expect(groups[0]).toBe(name);
      for (const group of groups.slice(1)) expect([`${name}.bulk`, 'signals.inbound']).toContain(group);
      expect(new Set(groups).size).toBe(groups.length);
      expect(one('Deployment', name).spec.replicas).toBeUndefined();
    });

    it('reaches what it needs, and only who must the world', () => {
      const policies = of('NetworkPolicy').filter(({ spec }) => selects(spec.podSelector, name));
      expect(policies.map(({ metadata }) => metadata.name)).toEqual(
        expect.arrayContaining(['default-deny', 'services']),
      );
      const peers = policies.flatMap(({ spec }) => (spec.egress ?? []).flatMap(({ to = [] }) => to));
      const backing = peers.flatMap(({ podSelector }) => podSelector?.matchLabels?.['app.kubernetes.io/name'] ?? []);
      expect(backing).toContain('kafka');
      expect(backing.includes('redis')).toBe(name === 'registry');
      const world = peers.flatMap(({ ipBlock }) => (ipBlock?.cidr === '0.0.0.0/0' ? [ipBlock] : []));
      expect(world).toHaveLength(['fanout', 'policy', 'signals'].includes(name) ? 1 : 0);
      for (const { except } of world)
        expect(except).toEqual(
          expect.arrayContaining(['169.254.0.0/16', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']),
        );
      for (const { spec } of policies)
        for (const { from, to } of [...(spec.ingress ?? []), ...(spec.egress ?? [])] as {
          from?: object[];
          to?: object[];
        }[])
          expect((from ?? to ?? []).length).toBeGreaterThan(0); // an empty list would mean everybody
    });
  });

  it('refuses what no policy allows', () => {
    const { spec } = one('NetworkPolicy', 'default-deny');
    expect(spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  });
});

describe('k8s/ with a fault in it', () => {
  it.each([
    ['a misspelt field', 'service/deployment.yaml', (text: string) => text.replace('readinessProbe', 'readynessProbe')],
    ['a value of the wrong kind', 'base/fanout/fanout.yaml', (text: string) => text.replace('4104', 'four')],
    ['a wrong API version', 'base/audit/audit.yaml', (text: string) => text.replace('policy/v1', 'policy/v7')],
    [
      'a field KEDA has not',
      'service/scaling.yaml',
      (text: string) => text.replace('minReplicaCount: 2', 'minReplicaCount: two'),
    ],
    ['a resource that is not there', 'base/kustomization.yaml', (text: string) => text.replace('- audit', '- audits')],
  ])('is refused: %s', (_, file, edit) => {
    brokenCopy('k8s', path.join('k8s', file), edit, (copy) =>
      expect(() => validate(renderKustomize(path.join(copy, 'base')))).toThrow(),
    );
  });
});

function validate(manifests: readonly Manifest[]): void {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'curfew-deploy-'));
  try {
    const file = path.join(folder, 'manifests.yaml');
    writeFileSync(file, manifests.map((manifest) => stringify(manifest)).join('---\n'));
    tool('validate', [file]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
