// An independent OpenID provider for tests: `node provider.mjs PORT KEYS [ORIGIN]` on loopback, where KEYS is a JSON Web
// Key Set and ORIGIN the address of the server that people sign in to.
// Everybody signs in by the name they type; people whose name begins with "admin" are in the group chariot-admins.
import { Provider } from 'oidc-provider'

const port = Number(process.argv[2])
const origin = process.argv[4] ?? 'http://localhost:8642'
const issuer = `http://127.0.0.1:${port}`
const about = (id) => ({
  sub: id,
  preferred_username: id,
  org: 'acme-corp',
  groups: id.startsWith('admin') ? ['chariot-admins', 'staff'] : ['staff'],
  amr: ['pwd', 'otp'],
})

const provider = new Provider(issuer, {
  jwks: JSON.parse(process.argv[3]),
  cookies: { keys: ['only for tests'] },
  clients: [
    {
      client_id: 'chariot-web',
      client_secret: 'web-secret-of-the-tests',
      redirect_uris: [`${origin}/api/v1/session/callback`],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    },
    {
      client_id: 'chariot-cli',
      token_endpoint_auth_method: 'none',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      redirect_uris: [],
      response_types: [],
    },
    {
      client_id: 'chariot-check',
      client_secret: 'check-secret-of-the-tests',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    },
  ],
  findAccount: (_context, id) => ({ accountId: id, claims: () => about(id) }),
  claims: { openid: ['sub'], profile: ['preferred_username', 'org', 'groups'] },
  conformIdTokenClaims: false,
  issueRefreshToken: async (_context, client) => client.grantTypeAllowed('refresh_token'),
  pkce: { required: () => true },
  extraTokenClaims: async (_context, token) => (token.accountId ? about(token.accountId) : {}),
  features: {
    deviceFlow: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:chariot',
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'openid profile offline_access',
        audience: 'chariot',
        accessTokenTTL: 300,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
})

provider.listen(port, '127.0.0.1', () => process.stdout.write('ready\n'))
