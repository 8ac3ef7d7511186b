import { type Configuration, errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { ClientConfig } from '../../config-schema.ts';
import { base64url } from '../../lib/bytes.ts';
import type { Clock } from '../../lib/clock.ts';
import { contentSecurityPolicy } from '../../lib/content-security-policy.ts';
import type { Egress } from '../../lib/egress.ts';
import type { Json, JsonObject } from '../../lib/json.ts';
import { authorizationRoutes } from '../../routes.ts';
import type { Artifacts } from '../../store/artifacts.ts';
import { accessTokenSeconds, registryReference } from '../access-token.ts';
import type { Accounts } from '../account.ts';
import { assertionAlgorithms } from '../client-assertion.ts';
import { readDetail, readDetails, withIdentifiers } from '../credential-details.ts';
import type { CredentialIssuers } from '../credential-issuers.ts';
import type { Visitor } from '../page-context.ts';
import { createAdapter } from './adapter.ts';
import { clientMetadata } from './clients.ts';
import { lifetimes, renewal } from './renewal.ts';
import type { EngineKeys } from './signing-key.ts';
import { checkClientAssertion } from './token-intake.ts';

export interface EngineOptions {
  readonly publicUrl: URL;
  readonly clients: readonly ClientConfig[];
  readonly artifacts: Artifacts;
  readonly clock: Clock;
  readonly egress: Egress;
  readonly accounts: Accounts;
  readonly issuers: CredentialIssuers;
  readonly cookieSecret: Uint8Array;
  readonly dpopNonceSecret: Uint8Array;
  readonly refreshTokenDays: number;
  /** Grant types whose token requests never reach the engine; its metadata names them all the same. */
  readonly ownGrantTypes: readonly string[];
  /** Further members of the metadata. */
  readonly discovery: JsonObject;
  /** The body of an error page of ours. */
  readonly renderError: (visitor: Visitor, error: { readonly code: string; readonly description: string | undefined }) => string;
}

/** A request the engine answers itself, for a page of ours. */
function visitorOf(context: KoaContextWithOIDC): Visitor {
  const cookies = Object.fromEntries(['language', 'appearance'].map((name) => [name, context.cookies.get(name)]));
  return {
    id: String(context.res.getHeader('x-request-id') ?? ''),
    acceptLanguage: context.get('accept-language'),
    cookies,
    query: context.query,
  };
}

const tokenAlgorithms = ['ES256', 'EdDSA'] as const;

/** The Credential Issuer a request is about: of its details first, of its scopes otherwise (standards V-14, VX-3). */
async function findResource(context: KoaContextWithOIDC, issuers: CredentialIssuers): Promise<string | undefined> {
  const { scope, authorization_details: details } = context.oidc.params ?? {};
  for (const { configurationId, locations } of readDetails(details)) {
    const type = await issuers.findByConfiguration(configurationId, locations);
    if (type) return type.issuer;
  }
  const scopes = typeof scope === 'string' ? scope.split(' ') : [];
  return (await issuers.findByScopes(scopes))[0]?.issuer;
}

function features(options: EngineOptions, keys: EngineKeys): NonNullable<Configuration['features']> {
  const { issuers, dpopNonceSecret } = options;
  return {
    devInteractions: { enabled: false },
    userinfo: { enabled: false },
    revocation: { enabled: false },
    introspection: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    claimsParameter: { enabled: false },
    requestObjects: { enabled: false },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: false },
    dPoP: { enabled: true, nonceSecret: Buffer.from(dpopNonceSecret), requireNonce: () => true },
    externalSigningSupport: { enabled: true, ack: 'experimental-01' },
    resourceIndicators: {
      enabled: true,
      defaultResource: async (context: KoaContextWithOIDC, _client: unknown, oneOf?: readonly string[]) =>
        oneOf ? [...oneOf] : findResource(context, issuers),
      useGrantedResource: () => true,
      async getResourceServerInfo(_context: KoaContextWithOIDC, resource: string) {
        if (!issuers.serves(resource)) throw new errors.InvalidTarget();
        const scopes = (await issuers.typesOf(resource)).flatMap(({ scope }) => scope ?? []);
        return {
          scope: scopes.join(' '),
          audience: resource,
          accessTokenTTL: accessTokenSeconds,
          accessTokenFormat: 'jwt' as const,
          jwt: { sign: { alg: 'ES256', kid: keys.accessTokenKeyId } },
        };
      },
    },
    richAuthorizationRequests: {
      enabled: true,
      types: {
        openid_credential: {
          async validate(_context: unknown, detail: Json) {
            const read = readDetail(detail);
            if (!read || !(await issuers.findByConfiguration(read.configurationId, read.locations)))
              throw new errors.InvalidAuthorizationDetails('no such credential configuration');
          },
        },
      },
      authorizationDetailsForGrantSource: (context: KoaContextWithOIDC) => {
        const text = context.oidc.params?.authorization_details;
        return typeof text === 'string' ? (JSON.parse(text) as JsonObject[]) : undefined;
      },
      authorizationDetailsForAccessToken: (
        _context: unknown,
        token: { resourceServer?: { audience?: string } },
        source: { rar?: unknown } | undefined,
      ) => withIdentifiers(source?.rar as Json | undefined, token.resourceServer?.audience),
      authorizationDetailsForIntrospection: (_context: unknown, token: { rar?: unknown }) => token.rar as JsonObject[],
    },
    // The published types lag behind the pinned engine in three members.
  } as unknown as NonNullable<Configuration['features']>;
}

/** Every request is answered by a sign-in of its own: a session of this browser never speaks for whoever sits there now. */
function policy(): ReturnType<typeof interactionPolicy.base> {
  const base = interactionPolicy.base();
  const fresh = new interactionPolicy.Check('fresh_login', 'the person signs in for each request', 'login_required', (context) => {
    const { result } = context.oidc;
    return result?.login ? interactionPolicy.Check.NO_NEED_TO_PROMPT : interactionPolicy.Check.REQUEST_PROMPT;
  });
  base.get('login')?.checks.add(fresh);
  return base;
}

function fetchThrough(egress: Egress): (url: string | URL, init?: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const { status, headers, body } = await egress.fetch(new URL(url), { headers: Object.fromEntries(new Headers(init?.headers)) });
    return new Response(Buffer.from(body), { status, headers });
  };
}

/** What no deployment changes. */
const fixed = {
  clientAuthMethods: ['private_key_jwt', 'none'],
  clientDefaults: { id_token_signed_response_alg: 'ES256', subject_type: 'pairwise' },
  enabledJWA: {
    clientAuthSigningAlgValues: assertionAlgorithms,
    idTokenSigningAlgValues: ['ES256'],
    dPoPSigningAlgValues: tokenAlgorithms,
  },
  clockTolerance: 10,
  pkce: { required: () => true },
  responseTypes: ['code'],
  scopes: ['openid'],
  claims: { openid: ['sub', 'acr', 'amr', 'auth_time'] },
  acrValues: ['urn:chancery:acr:one-factor'],
  subjectTypes: ['pairwise'],
  extraParams: ['issuer_state'],
  expiresWithSession: () => false,
};

/** How people come in, and how they are called in tokens. */
function people({ accounts, issuers, cookieSecret, publicUrl }: EngineOptions) {
  const cookie = { signed: true, httpOnly: true, sameSite: 'lax' };
  return {
    pairwiseIdentifier: (_context: unknown, accountId: string, client: { sectorIdentifier: string; clientId: string }) =>
      accounts.pairwise(accountId, client.sectorIdentifier ?? client.clientId),
    findAccount: async (_context: unknown, accountId: string) =>
      accounts.subjectOf(accountId) ? { accountId, claims: async () => ({ sub: accountId }) } : undefined,
    interactions: {
      policy: policy(),
      url: (_context: unknown, { uid }: { uid: string }) =>
        `${publicUrl.pathname.replace(/\/$/, '')}${authorizationRoutes.interaction}/${uid}`,
    },
    cookies: {
      keys: [base64url(cookieSecret)],
      long: cookie,
      short: cookie,
    },
    formats: {
      customizers: {
        async jwt(_context: unknown, token: { accountId?: string }, jwt: { payload: JsonObject & { aud?: string; jti?: string } }) {
          const { aud, jti } = jwt.payload;
          if (!token.accountId || !aud || !jti) return;
          const reference = await registryReference({ accountId: token.accountId, audience: aud, jti }, accounts, issuers);
          Object.assign(jwt.payload, reference ? { registry_reference: reference } : {});
        },
      },
    },
  };
}

/** What the engine is told (authorization §5.3); nothing is switched on that is not exercised by a test. */
export function engineConfiguration(options: EngineOptions, keys: EngineKeys): Configuration {
  const { clients, artifacts, clock, egress, renderError } = options;
  const configuration = {
    ...fixed,
    ...people(options),
    ttl: lifetimes(options),
    ...renewal(options),
    adapter: createAdapter(artifacts, clock),
    clients: clients.map(clientMetadata),
    jwks: keys.jwks,
    discovery: options.discovery,
    routes: {
      authorization: authorizationRoutes.authorize,
      pushed_authorization_request: authorizationRoutes.pushedAuthorization,
      token: authorizationRoutes.token,
      jwks: authorizationRoutes.jwks,
    },
    features: features(options, keys),
    fetch: fetchThrough(egress),
    assertJwtClientAuthClaimsAndHeader: async (context: KoaContextWithOIDC) => checkClientAssertion(context, clock),
    async renderError(context: KoaContextWithOIDC, out: { error: string; error_description?: string }) {
      context.type = 'html';
      context.set('content-security-policy', contentSecurityPolicy());
      context.body = renderError(visitorOf(context), { code: out.error, description: out.error_description });
    },
  };
  return configuration as unknown as Configuration;
}
