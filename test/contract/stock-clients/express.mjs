// An application as its authors would write it with express-openid-connect, in a process of its own:
//   node express.mjs <issuer> <client id> <client secret>
// Says where it listens, and ends with its parent.
import { createServer } from 'node:http';
import express from 'express';
import openid from 'express-openid-connect';

const { auth, requiresAuth } = openid;
const [issuerBaseURL, clientID, clientSecret] = process.argv.slice(2);
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const baseURL = `http://127.0.0.1:${server.address().port}`;
  const told = new Map();
  const app = express();
  app.use(
    auth({
      issuerBaseURL,
      baseURL,
      clientID,
      clientSecret,
      secret: 'secret-of-its-cookies-0123456789abcdef',
      authRequired: false,
      authorizationParams: { response_type: 'code', scope: 'openid' },
      backchannelLogout: {
        store: {
          get: (key, done) => done(null, told.get(key)),
          set: (key, value, done) => done(null, told.set(key, value)),
          destroy: (key, done) => done(null, told.delete(key)),
        },
      },
    }),
  );
  app.get('/', requiresAuth(), (request, response) => response.send(request.oidc.user.sub));
  server.on('request', app);
  console.log(baseURL);
});
process.stdin.on('end', () => process.exit()).resume();
