// `npm run bench [-- embedded|distributed] [kill|kill-200|slow|throughput …]`: measures, and says whether it is enough.
import { spawnSync } from 'node:child_process';

export async function run(args) {
  const result = spawnSync(process.execPath, ['--enable-source-maps', 'dist/test/perf/main.js', ...args], {
    stdio: 'inherit',
  });
  process.exit(result.status ?? 1);
}
