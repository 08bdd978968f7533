/** What the tests, which are in TypeScript, use of backing.mjs; the reasons stand there. */
export interface Server {
  readonly from: 'given' | 'docker' | 'native';
  readonly reused: boolean;
  readonly pid: number | undefined;
  signal(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
  restart(options?: { kill?: boolean; wipe?: boolean }): Promise<void>;
}

export function postgresServer(options: {
  readonly dataDir: string;
}): Promise<Omit<Server, 'from'> & { readonly url: string }>;

export interface FreshDatabase {
  readonly name: string;
  readonly url: string;
  drop(): Promise<void>;
}

export interface Backing {
  readonly kafka: Server & { readonly brokers: string; wipeTopics(): Promise<void> };
  readonly postgres: Server & { readonly url: string; freshDatabase(name?: string): Promise<FreshDatabase> };
  readonly redis: Server & { readonly url: string; flush(): Promise<void> };
  readonly env: Readonly<Record<'KAFKA_BROKERS' | 'DATABASE_URL' | 'REDIS_URL', string>>;
  stop(): Promise<void>;
}

export function startBacking(options: {
  readonly dataDir: string;
  readonly log?: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
}): Promise<Backing>;
