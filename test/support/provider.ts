import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';

/** An OpenID Provider of a tenant's own, as its administrators know it. */
export class Provider {
  static readonly clientId = 'curfew';
  static readonly clientSecret = 'secret-of-curfew-at-the-provider-0123456789';

  private constructor(
    readonly issuer: string,
    private readonly child: ChildProcess,
  ) {}

  /** For a console at `origin`, of which the provider ends the sessions of `tenant`. */
  static async start(origin: string, tenant: string): Promise<Provider> {
    const client = {
      client_id: Provider.clientId,
      client_secret: Provider.clientSecret,
      redirect_uris: [`${origin}/console/callback`],
      post_logout_redirect_uris: [`${origin}/console/`],
      backchannel_logout_uri: `${origin}/console/back-channel-logout/${tenant}`,
      backchannel_logout_session_required: true,
      grant_types: ['authorization_code'],
      response_types: ['code'],
    };
    const child = spawn(process.execPath, [path.resolve(__dirname, 'openid-provider.mjs'), JSON.stringify(client)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const issuer = await new Promise<string>((resolve, reject) => {
      child.stdout.setEncoding('utf8').once('data', (line: string) => resolve(line.trim()));
      child.once('exit', (code) => reject(new Error(`the provider ended with ${String(code)}`)));
    });
    return new Provider(issuer, child);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill();
    await ended;
  }
}
