// `npm run bench [-- embedded|distributed] [kill|kill-200|slow|throughput|scale-sessions|scale-applications|check|enforce|receive|flood|policy|console …]`:
// measures, and says whether it is enough. PostgreSQL (each form gets a database of its own, which the bench can fill) and
// the Redis that the bare check asks are started here; whatever else a form needs it brings itself.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPostgres } from './postgres.mjs';
import { onAskedToStop, Started } from './processes.mjs';
import { startRedis } from './redis.mjs';

export async function run(args) {
  const started = new Started();
  const folder = mkdtempSync(path.join(tmpdir(), 'curfew-bench-'));
  const end = async (code) => {
    await started.stop();
    rmSync(folder, { recursive: true, force: true });
    process.exit(code);
  };
  let bench;
  onAskedToStop(
    () => (bench ? bench.kill('SIGTERM') : void end(1)),
    () => process.exit(1),
  );
  try {
    const postgres = await started.add(() => startPostgres({ dataDir: path.join(folder, 'postgres') }));
    const redis = await started.add(() => startRedis({ folder: path.join(folder, 'redis'), log: console.log }));
    const env = { ...process.env, BENCH_DATABASE_URL: postgres.url, BENCH_REDIS_URL: redis.url };
    bench = spawn(process.execPath, ['--enable-source-maps', 'dist/test/perf/main.js', ...args], {
      stdio: 'inherit',
      env,
    });
    await end(await new Promise((resolve) => bench.once('exit', (code) => resolve(code ?? 1))));
  } catch (error) {
    console.error(error);
    await end(1);
  }
}
