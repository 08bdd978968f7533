import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate authority that nobody knows who is not told, by openssl. */
export class TestAuthority {
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'curfew-ca-'));

  constructor() {
    this.openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'key.pem');
    const subject = ['-subj', `/CN=${path.basename(this.folder)}`];
    this.openssl('req', '-x509', '-new', '-key', 'key.pem', ...subject, '-days', '2', '-out', 'ca.pem');
  }

  get ca(): string {
    return this.read('ca.pem');
  }

  get selfSigned(): Certificate {
    return { key: this.read('key.pem'), cert: this.ca };
  }

  /** `name`: as in `IP:127.0.0.1` or `DNS:app.example`. `days`: −1 for one that has expired. */
  certificate(name: string, { days = 2 } = {}): Certificate {
    const request = ['-subj', '/CN=an application', '-addext', `subjectAltName=${name}`, '-out', 'request.pem'];
    this.openssl('req', '-new', '-key', 'key.pem', ...request);
    const by = ['-CA', 'ca.pem', '-CAkey', 'key.pem', '-days', String(days), '-copy_extensions', 'copy'];
    this.openssl('x509', '-req', '-in', 'request.pem', ...by, '-out', 'cert.pem');
    return { key: this.read('key.pem'), cert: this.read('cert.pem') };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: 'pipe' });
  }

  private read(file: string): string {
    return readFileSync(path.join(this.folder, file), 'utf8');
  }
}
