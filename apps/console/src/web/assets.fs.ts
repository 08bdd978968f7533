import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzip: Buffer | undefined;
  /** Its name holds its hash: it never changes. */
  readonly immutable: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

/** The built app, held in memory: a request looks a name up, and no path of it reaches the disk. */
export function readAssets(folder: string): ReadonlyMap<string, Asset> {
  if (!existsSync(folder)) throw new Error(`The console's pages are not built: ${folder}. Run npm run build`);
  const files = readdirSync(folder, { recursive: true }).map((file) => String(file).replaceAll('\\', '/'));
  return new Map(
    files
      .filter((file) => TYPES[path.extname(file)] !== undefined)
      .map((file) => {
        const full = path.join(folder, file);
        return [
          file,
          {
            type: TYPES[path.extname(file)]!,
            plain: readFileSync(full),
            gzip: existsSync(`${full}.gz`) ? readFileSync(`${full}.gz`) : undefined,
            immutable: file.startsWith('assets/'),
          },
        ];
      }),
  );
}
