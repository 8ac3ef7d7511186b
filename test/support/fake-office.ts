import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { sdJwtVc } from '../../src/formats/sd-jwt-vc/sd-jwt-vc.ts';
import type { KeyStore, PublicJwk } from '../../src/keys/keys.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { didJwkOf } from '../../src/oauth/holder-key.ts';

/** One request that reached the office. */
export interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly form: Readonly<Record<string, string>>;
}

/** What a test may make the office do wrong. */
export interface Misbehaviour {
  iss?: string | undefined;
  idToken?: JsonObject;
  idTokenKey?: KeyObject;
  idTokenType?: string;
  /** Makes the ID token of its parts. */
  idTokenMade?: (header: JsonObject, payload: JsonObject, key: KeyObject) => string;
  tokenStatus?: number;
  parStatus?: number;
  credentialError?: string;
  /** Answers that the credential is not ready yet. */
  deferred?: boolean;
  nonceErrors?: number;
  metadata?: JsonObject;
  down?: boolean;
  denies?: boolean;
  /** Makes another credential of the one that was issued. */
  tamper?: (credential: string) => string;
  /** How long a credential takes. */
  delayMilliseconds?: number;
}

export interface FakeOffice {
  readonly origin: string;
  readonly issuer: string;
  readonly server: string;
  readonly seen: Seen[];
  readonly wrong: Misbehaviour;
  /** Parameters of the last pushed request. */
  pushed(): Readonly<Record<string, string>>;
  readonly http: Server;
  close(): Promise<void>;
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

export function signCompact(key: KeyObject, header: JsonObject, payload: JsonObject): string {
  const input = `${part({ alg: 'ES256', ...header })}.${part(payload)}`;
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/** A document type of the office, with names in two languages. */
export const profile = sdJwtVc.read(
  { vct: 'library-card', decoys: 1 },
  {
    issuer: 'http://office.invalid',
    version: 1,
    display: [{ name: 'Library card', locale: 'en' }],
    rules: [
      { path: ['full_name'], mandatory: true, disclosure: 'selective', display: [{ name: 'Full name', locale: 'en' }] },
      { path: ['shelves', null], mandatory: false, disclosure: 'selective', display: [] },
      { path: ['member_since'], mandatory: false, disclosure: 'always', display: [] },
    ],
  },
);

export const holderClaims: JsonObject = {
  full_name: 'Amina Kareem',
  birthdate: '1988-03-27',
  shelves: ['law', 'maps'],
  member_since: '2019-04-01',
};

function metadata(office: FakeOffice): JsonObject {
  return {
    credential_issuer: office.issuer,
    authorization_servers: [office.server],
    credential_endpoint: `${office.issuer}/credential`,
    nonce_endpoint: `${office.issuer}/nonce`,
    display: [
      { name: 'City Library', locale: 'en', logo: { uri: `${office.issuer}/logo.svg` } },
      { name: 'مكتبة المدينة', locale: 'ar' },
    ],
    credential_configurations_supported: {
      LibraryCard: {
        ...sdJwtVc.metadata(profile),
        scope: 'library_card',
        credential_metadata: {
          display: [
            { name: 'Library card', locale: 'en', description: 'Lets you borrow <b>books</b>.', background_color: '#1d3f72' },
            { name: 'بطاقة المكتبة', locale: 'ar' },
          ],
          claims: [{ path: ['full_name'], display: [{ name: 'Full name', locale: 'en' }] }],
        },
      },
    },
  };
}

function serverMetadata({ server }: FakeOffice): JsonObject {
  return {
    issuer: server,
    authorization_endpoint: `${server}/authorize`,
    token_endpoint: `${server}/token`,
    pushed_authorization_request_endpoint: `${server}/par`,
    jwks_uri: `${server}/jwks.json`,
    authorization_response_iss_parameter_supported: true,
  };
}

interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
}

export interface OfficeOptions {
  readonly clock: Clock;
  /** Makes certificates and signs for the issuer named `office`. */
  readonly keys: (issuer: string) => Promise<KeyStore>;
}

interface Inside {
  readonly office: FakeOffice;
  readonly clock: Clock;
  readonly keyStore: KeyStore;
  readonly idKey: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
}

function token({ office, clock, idKey }: Inside): Reply {
  const { nonce, client_id } = office.pushed();
  const { idToken, idTokenKey, idTokenType, tokenStatus } = office.wrong;
  if (tokenStatus) return { status: tokenStatus, body: { error: 'invalid_grant' } };
  const now = Math.floor(clock.now().getTime() / 1000);
  const claims = { iss: office.server, aud: client_id, sub: 'somebody', nonce, iat: now, exp: now + 300, ...idToken } as JsonObject;
  const header = { kid: 'id', ...(idTokenType ? { typ: idTokenType } : {}) };
  const id_token =
    office.wrong.idTokenMade?.({ alg: 'ES256', ...header }, claims, idKey.privateKey) ??
    signCompact(idTokenKey ?? idKey.privateKey, header, claims);
  return { body: { access_token: 'access-token-canary', token_type: 'DPoP', expires_in: 300, id_token } };
}

async function credential({ office, clock, keyStore }: Inside, { body }: Seen): Promise<Reply> {
  const { wrong, issuer } = office;
  if (wrong.credentialError) return { status: 400, body: { error: wrong.credentialError } };
  if (wrong.deferred) return { status: 202, body: { transaction_id: 'later', interval: 60 } };
  if ((wrong.nonceErrors ?? 0) > 0) {
    wrong.nonceErrors = (wrong.nonceErrors ?? 0) - 1;
    return { status: 400, body: { error: 'invalid_nonce' } };
  }
  const [proof = ''] = (JSON.parse(body) as { proofs: { jwt: string[] } }).proofs.jwt;
  const { jwk } = JSON.parse(Buffer.from(proof.split('.')[0] ?? '', 'base64url').toString()) as { jwk: PublicJwk };
  const signer = await keyStore.signer('credential:office');
  const order = { issuer, issuerDid: 'did:web:office.example', claims: holderClaims, holder: { jwk, did: didJwkOf(jwk) } };
  const issued = await sdJwtVc.compile(profile)({ ...order, issuedAt: clock.now(), signer });
  await new Promise((resolve) => setTimeout(resolve, wrong.delayMilliseconds ?? 0));
  return { body: { credentials: [{ credential: wrong.tamper ? wrong.tamper(String(issued)) : issued }] } };
}

/** RFC 9449 §8: the first proof of each endpoint lacks our nonce. */
function wantsNonce({ headers }: Seen, status: number): Reply | undefined {
  const claims = JSON.parse(Buffer.from(String(headers.dpop ?? '').split('.')[1] ?? 'e30', 'base64url').toString()) as JsonObject;
  if (claims.nonce === 'office-nonce') return undefined;
  const told = { 'dpop-nonce': 'office-nonce', 'www-authenticate': 'DPoP error="use_dpop_nonce"' };
  return { status, headers: told, body: { error: 'use_dpop_nonce' } };
}

/** Signs everybody in at once and sends them back. */
function authorize({ office }: Inside): Reply {
  const { redirect_uri = '', state = '' } = office.pushed();
  const answer = { ...(office.wrong.denies ? { error: 'access_denied' } : { code: 'code-canary' }), state, iss: office.server };
  return { status: 303, headers: { location: `${redirect_uri}?${new URLSearchParams(answer)}` }, body: {} };
}

function push({ office }: Inside): Reply {
  const { parStatus } = office.wrong;
  if (parStatus) return { status: parStatus, body: { error: 'invalid_client' } };
  return { status: 201, body: { request_uri: 'urn:ietf:params:oauth:request_uri:x', expires_in: 60 } };
}

const emblem = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#1d3f72" d="M4 4h7v16H4zM13 4h7v16h-7z"/></svg>';

const routes: Readonly<Record<string, (inside: Inside, request: Seen) => Reply | Promise<Reply>>> = {
  '/.well-known/openid-credential-issuer/office': ({ office }) => ({ body: { ...metadata(office), ...office.wrong.metadata } }),
  '/.well-known/oauth-authorization-server/as': ({ office }) => ({ body: serverMetadata(office) }),
  '/as/jwks.json': ({ idKey }) => ({ body: { keys: [{ ...idKey.publicKey.export({ format: 'jwk' }), kid: 'id', alg: 'ES256' }] } }),
  '/as/authorize': authorize,
  '/as/par': (inside, request) => wantsNonce(request, 400) ?? push(inside),
  '/as/token': (inside, request) => wantsNonce(request, 400) ?? token(inside),
  '/office/nonce': ({ office }) => ({ body: { c_nonce: `nonce-${office.seen.length}` } }),
  '/office/credential': (inside, request) => wantsNonce(request, 401) ?? credential(inside, request),
  '/office/logo.svg': () => ({ headers: { 'content-type': 'image/svg+xml' }, body: emblem }),
  '/office/trust-anchor.cer': async ({ keyStore }) => ({ body: Buffer.from(await keyStore.trustAnchor('office')) }),
  '/offers/1': ({ office }) => ({ body: { credential_issuer: office.issuer, credential_configuration_ids: ['LibraryCard'] } }),
};

async function read(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('utf8');
  const { pathname: path } = new URL(request.url ?? '/', 'http://office');
  return { path, headers: request.headers, body, form: Object.fromEntries(new URLSearchParams(body)) };
}

function makeOffice(http: Server): FakeOffice {
  const origin = `http://127.0.0.1:${(http.address() as { port: number }).port}`;
  const seen: Seen[] = [];
  return {
    origin,
    issuer: `${origin}/office`,
    server: `${origin}/as`,
    seen,
    wrong: {},
    http,
    pushed: () => seen.findLast(({ path }) => path === '/as/par')?.form ?? {},
    async close() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** An authorization server and a Credential Issuer on loopback that sign what they are asked to, and remember every request. */
export async function startFakeOffice({ clock, keys }: OfficeOptions): Promise<FakeOffice> {
  const http = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const office = makeOffice(http);
  const idKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const inside: Inside = { office, clock, keyStore: await keys(office.issuer), idKey };
  http.on('request', async (request, response) => {
    const entry = await read(request);
    office.seen.push(entry);
    if (office.wrong.down) return request.socket.destroy();
    const { status = 200, headers, body } = await (routes[entry.path]?.(inside, entry) ?? { status: 404, body: {} });
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  });
  return office;
}
