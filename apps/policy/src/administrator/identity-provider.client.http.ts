import { guardedConnector, InjectConfig, parseCidrs, type RunningConfig } from '@curfew/runtime';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createRemoteJWKSet, customFetch as joseFetch, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import * as oidc from 'openid-client';
import { Agent, fetch } from 'undici';
import {
  IdentityProvider,
  NotSignedIn,
  type Checks,
  type Identity,
  type LoggedOut,
  type Provider,
} from './identity-provider.client.js';
import { verifyLogoutToken } from './logout-token.js';
import { claimOf, type Claims } from './sign-in-settings.js';

const TIMEOUT_S = 10;
/** What a provider says of itself is asked again after this long. */
const BELIEVED_MS = 5 * 60_000;

interface Known {
  readonly configuration: oidc.Configuration;
  readonly keys: JWTVerifyGetKey;
}

/** By openid-client, dialling only where Curfew may: the address is one that a tenant gave. */
@Injectable()
export class HttpIdentityProvider extends IdentityProvider implements OnApplicationShutdown {
  private readonly agent: Agent;
  private readonly known = new LRUCache<string, Promise<Known>>({ max: 500, ttl: BELIEVED_MS });

  constructor(@InjectConfig() config: RunningConfig) {
    super();
    this.agent = new Agent({
      connections: 4,
      connect: guardedConnector(parseCidrs(config.allowedPrivateDestinations), null),
      headersTimeout: TIMEOUT_S * 1000,
      bodyTimeout: TIMEOUT_S * 1000,
    });
  }

  override async begin(
    provider: Provider,
    {
      redirectUri,
      scope,
      maxAge,
      acr,
    }: { redirectUri: string; scope: string; maxAge: number | null; acr: string | null },
  ): Promise<{ url: string; checks: Checks }> {
    const { configuration } = await this.of(provider);
    const checks: Checks = {
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      verifier: oidc.randomPKCECodeVerifier(),
      maxAge,
    };
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope,
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(checks.verifier),
      code_challenge_method: 'S256',
      ...(maxAge === null ? {} : { max_age: String(maxAge), prompt: 'login' }),
      ...(acr === null ? {} : { acr_values: acr }),
    });
    return { url: url.href, checks };
  }

  override async finish(provider: Provider, checks: Checks, callback: URL, wanted: string): Promise<Identity> {
    const { configuration } = await this.of(provider);
    const tokens = await oidc
      .authorizationCodeGrant(configuration, callback, {
        expectedState: checks.state,
        expectedNonce: checks.nonce,
        pkceCodeVerifier: checks.verifier,
        idTokenExpected: true,
        ...(checks.maxAge === null ? {} : { maxAge: checks.maxAge }),
      })
      .catch(refusal);
    const said = tokens.claims()!;
    const { userinfo_endpoint } = configuration.serverMetadata();
    const more: Claims =
      claimOf(said, wanted) === undefined && userinfo_endpoint
        ? await oidc.fetchUserInfo(configuration, tokens.access_token, said.sub).catch(refusal)
        : {};
    return {
      sub: said.sub,
      sid: typeof said.sid === 'string' ? said.sid : null,
      claims: { ...more, ...said },
      authenticatedAt: new Date((said.auth_time ?? said.iat) * 1000),
      acr: typeof said.acr === 'string' ? said.acr : null,
      idToken: tokens.id_token!,
    };
  }

  override async signOutUrl(provider: Provider, idToken: string, backTo: string): Promise<string | undefined> {
    const { configuration } = await this.of(provider);
    if (!configuration.serverMetadata().end_session_endpoint) return undefined;
    const parameters = { id_token_hint: idToken, post_logout_redirect_uri: backTo };
    return oidc.buildEndSessionUrl(configuration, parameters).href;
  }

  override async readLogoutToken(provider: Provider, token: string): Promise<LoggedOut> {
    const { keys } = await this.of(provider);
    return verifyLogoutToken(token, keys, provider);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  private of(provider: Provider): Promise<Known> {
    const key = JSON.stringify([provider.issuer, provider.clientId, provider.clientSecret]);
    let known = this.known.get(key);
    if (!known) {
      known = this.discover(provider);
      this.known.set(key, known);
      known.catch(() => this.known.delete(key));
    }
    return known;
  }

  private async discover({ issuer, clientId, clientSecret }: Provider): Promise<Known> {
    const guarded = ((url: string, options: object) =>
      fetch(url, { ...options, dispatcher: this.agent, redirect: 'manual' })) as unknown as oidc.CustomFetch;
    const configuration = await oidc.discovery(new URL(issuer), clientId, clientSecret, undefined, {
      [oidc.customFetch]: guarded,
      timeout: TIMEOUT_S,
      // Plain http was allowed for this issuer when it was set: inside the operator's own walls only.
      execute: [oidc.enableNonRepudiationChecks, ...(issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [])],
    });
    const keys = createRemoteJWKSet(new URL(configuration.serverMetadata().jwks_uri!), {
      [joseFetch]: guarded as never,
      timeoutDuration: TIMEOUT_S * 1000,
    });
    return { configuration, keys };
  }
}

/** What the provider, or the check of what it said, refused; a network that failed stays what it is. */
function refusal(error: unknown): never {
  const cause = (error as { cause?: { code?: string } }).cause;
  const network = /^(ECONN|ENOTFOUND|EAI_|UND_ERR_|destination_)/.test(cause?.code ?? '');
  if (network || (error as Error).name === 'TimeoutError') throw error;
  throw new NotSignedIn((error as Error).message, { cause: error });
}
