/**
 * The URL table of the product, one screen (design §8). Paths are relative to the public URL of their role;
 * every role may stand on a host of its own, so nothing here knows a host.
 */

/** Wallet: public URL is the root of its host. The application lives under /wallet/ so that its service worker controls nothing else. */
export const walletRoutes = {
  landing: '/',
  help: '/help',
  offer: '/offer',
  start: '/wallet/start',
  callback: '/wallet/callback',
  jwks: '/wallet/jwks.json',
  application: '/wallet/',
  serviceWorker: '/wallet/service-worker.js',
  api: '/wallet/api',
} as const;

/** Authorization server: below its issuer identifier, by default …/authorization. */
export const authorizationRoutes = {
  authorize: '/authorize',
  pushedAuthorization: '/par',
  token: '/token',
  jwks: '/jwks.json',
  interaction: '/interaction',
  mailbox: '/mailbox',
} as const;

/** Credential Issuer: below its identifier, by default …/issuers/<name>. */
export const issuerRoutes = {
  nonce: '/nonce',
  credential: '/credential',
  deferredCredential: '/deferred-credential',
  notification: '/notification',
  jwks: '/jwks.json',
  didDocument: '/did.json',
  trustAnchor: '/trust-anchor.cer',
  trustAnchorPem: '/trust-anchor.pem',
  revocationList: '/root.crl',
  typeMetadata: '/types',
  statusLists: '/status-lists',
  credentialOffers: '/credential-offers',
} as const;

/** Operators: on a listener of their own, loopback only; each needs an operator's key, but for the invitation of the first. */
export const operatorRoutes = {
  health: '/health',
  openapi: '/openapi.json',
  operators: '/operators',
  firstOperator: '/operators/first',
  currentOperator: '/operators/current',
  removeOperator: '/operators/:id/remove',
  keys: '/keys',
  statistics: '/statistics',
  rotateKey: '/keys/rotate',
  searchCredentials: '/issuers/:name/credentials/search',
  changeStatus: '/issuers/:name/credentials/status',
  credentialOffers: '/issuers/:name/credential-offers',
  issueDocument: '/issuers/:name/credentials/issue',
  deriveDocument: '/issuers/:name/credentials/derive',
  verifyDocument: '/issuers/:name/credentials/verify',
  verifyPresentation: '/issuers/:name/presentations/verify',
  deferrals: '/issuers/:name/deferrals',
  decideDeferral: '/issuers/:name/deferrals/decide',
  credentialTypes: '/issuers/:name/credential-types',
  checkCredentialType: '/issuers/:name/credential-types/check',
  credentialType: '/issuers/:name/credential-types/:id/:version',
  publishCredentialType: '/issuers/:name/credential-types/:id/:version/publish',
  retireCredentialType: '/issuers/:name/credential-types/:id/:version/retire',
  restoreCredentialType: '/issuers/:name/credential-types/:id/:version/restore',
  pushedClaims: '/issuers/:name/pushed-claims',
  preAuthorizedCodes: '/pre-authorized-codes',
  verifyAudit: '/audit/verify',
  exportAudit: '/audit/export',
} as const;

/** Health of each role, at the root of its host: /health/live, /health/ready. */
export const healthRoutes = { live: '/health/live', ready: '/health/ready' } as const;

/** The path of a well-known document for an identifier that may have a path: inserted between host and path (RFC 8414 §3.1, OpenID4VCI 1.0 §12.2.2). */
export function wellKnownPath(suffix: string, identifier: URL): string {
  const path = identifier.pathname.replace(/\/$/, '');
  return `/.well-known/${suffix}${path}`;
}

/** Where an authorization server's metadata may stand: RFC 8414 §3.1 inserts; OpenID Connect Discovery §4 appends. */
export function serverMetadataPlaces(issuer: string): readonly [URL, URL] {
  const url = new URL(issuer);
  return [new URL(wellKnownPath('oauth-authorization-server', url), url), under(issuer, '/.well-known/openid-configuration')];
}

/** The identifier of a Credential Issuer of ours. */
export function issuerIdentifier(issuerPublicUrl: URL, name: string): string {
  return `${issuerPublicUrl.href.replace(/\/$/, '')}/issuers/${name}`;
}

/** An address below an identifier, without doubled slashes. */
export function under(base: URL | string, path: string): URL {
  return new URL(`${String(base).replace(/\/$/, '')}${path}`);
}
