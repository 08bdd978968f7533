import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

export const ROOT = path.resolve(__dirname, '..', '..');

/** What `docker compose` asks for; none of it is a real one. */
export const SECRETS = { POSTGRES_PASSWORD: 'secret1', CURFEW_MASTER_KEY: 'secret2', CURFEW_BOOTSTRAP_KEY: 'secret3' };

/** What a deployment runs: the apps that are services. Embedded is all of them in one process. */
export const services = (): string[] =>
  readdirSync(path.join(ROOT, 'apps'))
    .filter((app) => app !== 'embedded' && existsSync(path.join(ROOT, 'apps', app, 'src', `${app}.module.ts`)))
    .sort();

/** The tools themselves judge: this only runs them. Throws what they say. */
export function tool(
  command: 'compose' | 'render' | 'validate',
  targets: readonly string[],
  env: Record<string, string> = {},
): string {
  const script = path.join(ROOT, 'scripts', 'manifests.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, command, ...targets], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

export const readCompose = (...files: string[]): Compose => parse(tool('compose', files, SECRETS)) as Compose;

export const renderKustomize = (folder: string): Manifest[] => manifestsIn(tool('render', [folder]));

export const manifestsIn = (text: string): Manifest[] =>
  parseAllDocuments(text).map((document) => document.toJS() as Manifest);

/** A copy to break; `edit` gets the text of the file and gives what is to stand there instead. */
export function brokenCopy<T>(of: string, file: string, edit: (text: string) => string, use: (copy: string) => T): T {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'curfew-deploy-'));
  try {
    const copy = path.join(folder, path.basename(of));
    cpSync(path.join(ROOT, of), copy, { recursive: true });
    const target = path.join(folder, file);
    const before = readFileSync(target, 'utf8');
    const after = edit(before);
    if (after === before) throw new Error(`nothing was broken in ${file}`);
    writeFileSync(target, after);
    return use(copy);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface ComposeService {
  readonly image: string;
  readonly environment?: Record<string, string>;
  readonly ports?: readonly (string | { published: string; target: number })[];
  readonly depends_on?: Record<string, { condition: string }>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly command?: readonly string[];
  readonly read_only?: boolean;
  readonly networks?: Record<string, unknown>;
  readonly volumes?: readonly (string | { source: string })[];
}

export interface Compose {
  readonly services: Record<string, ComposeService>;
  readonly networks: Record<string, { readonly internal?: boolean }>;
  readonly volumes: Record<string, unknown>;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env: readonly {
    name: string;
    value?: string;
    valueFrom?: { secretKeyRef?: { name: string; key: string } };
  }[];
  readonly ports?: readonly { name: string; containerPort: number }[];
  readonly securityContext: Record<string, unknown>;
  readonly resources: { requests: Record<string, string>; limits: Record<string, string> };
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

export interface PodSpec {
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: Record<string, unknown>;
  readonly initContainers: readonly Container[];
  readonly containers: readonly Container[];
  readonly topologySpreadConstraints: readonly unknown[];
}

interface Peer {
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
  readonly podSelector?: Selector;
}

export interface Selector {
  readonly matchLabels?: Record<string, string>;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Record<string, string>;
  readonly spec: {
    readonly replicas?: number;
    readonly selector: Selector & Record<string, string>;
    readonly template: { readonly metadata: { readonly labels: Record<string, string> }; readonly spec: PodSpec };
    readonly ports: readonly { port: number; targetPort: string }[];
    readonly maxUnavailable: number;
    readonly podSelector: Selector;
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly { from?: readonly Peer[] }[];
    readonly egress?: readonly { to?: readonly Peer[] }[];
    readonly scaleTargetRef: { readonly name: string };
    readonly triggers: readonly { type: string; metadata: Record<string, string> }[];
    readonly maxReplicaCount: number;
  } & Record<string, unknown>;
}
