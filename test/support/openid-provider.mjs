// A real OpenID Provider (oidc-provider) for tests, in a process of its own: `node openid-provider.mjs <client as JSON>`. Who
// signs in is whoever the form is filled in with; `ada@responders,it` is ada, of two groups. Says where it listens.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const HOST = '127.0.0.2'; // another site than the console's
const client = JSON.parse(process.argv[2]);
const server = createServer();
await new Promise((resolve) => server.listen(0, HOST, resolve));
const issuer = `http://${HOST}:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [client],
  claims: { openid: ['sub'], profile: ['name'], groups: ['groups'], acr: null, auth_time: null, sid: null },
  scopes: ['openid', 'profile', 'groups'],
  acrValues: ['urn:test:strong'],
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  // The console under test is at a loopback address, which it would refuse to call.
  fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
  findAccount: (_, accountId) => {
    const [sub, groups = ''] = accountId.split('@');
    return {
      accountId,
      claims: () => ({ sub: accountId, name: sub.toUpperCase(), groups: groups.split(',').filter(Boolean) }),
    };
  },
  // Everything is consented to.
  loadExistingGrant: async (ctx) => {
    const { client: asking, session } = ctx.oidc;
    const grant = new ctx.oidc.provider.Grant({ clientId: asking.clientId, accountId: session.accountId });
    grant.addOIDCScope('openid profile groups');
    await grant.save();
    return grant;
  },
});
const answer = provider.callback();

server.on('request', (request, response) => {
  const { pathname, searchParams } = new URL(request.url, issuer);
  if (!pathname.startsWith('/interaction/')) return answer(request, response);
  const accountId = searchParams.get('login');
  if (accountId === null) {
    response.setHeader('content-type', 'text/html');
    return response.end(
      '<title>Provider</title><form><label>Login <input name="login" autofocus></label><button>Go</button></form>',
    );
  }
  // Stronger, when that is what it is asked for.
  const finish = async () => {
    const { params } = await provider.interactionDetails(request, response);
    const login = { accountId, ...(params.acr_values ? { acr: params.acr_values } : {}) };
    await provider.interactionFinished(request, response, { login });
  };
  finish().catch((error) => response.end(String(error)));
  return undefined;
});
process.stdout.write(`${issuer}\n`);
