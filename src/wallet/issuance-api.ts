import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WalletConfig } from '../config-schema.ts';
import { base64url } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import { isJsonObject, type Json, type JsonObject } from '../lib/json.ts';
import { JwsFault, parseJws } from '../oauth/jws.ts';
import { Refusal } from '../oauth/refusal.ts';
import { walletRoutes } from '../routes.ts';
import type { BrowserSession, BrowserSessions } from './browser-session.ts';
import type { Issuance } from './callback.ts';
import { categoryOf } from './catalogue.ts';
import { dpopSigner } from './dpop-key.ts';
import type { IssuerAppearance } from './issuer-appearance.ts';
import type { IssuerDirectory } from './issuer-directory.ts';
import type { OAuthClient } from './oauth-client.ts';
import type { SealedRecords } from './sealed-records.ts';
import { walletFault } from './wallet-fault.ts';

export interface IssuanceApiTools {
  readonly config: WalletConfig;
  readonly sessions: BrowserSessions;
  readonly directory: IssuerDirectory;
  readonly appearance: IssuerAppearance;
  readonly client: OAuthClient;
  readonly issuances: SealedRecords<Issuance>;
  readonly clock: Clock;
}

type Located = FastifyRequest<{ Params: { id: string } }>;

const maximumProofLength = 8192;

/** Errors of the credential endpoint (OpenID4VCI 1.0 §8.3.1.2) in the words of this wallet. */
function credentialFault(status: number, error: Json | undefined): Refusal {
  const cause = `the credential request was answered ${status} ${String(error ?? '').slice(0, 60)}`;
  if (error === 'invalid_nonce') return new Refusal(409, 'invalid_nonce', 'A fresh proof is needed.', { cause });
  if (error === 'credential_request_denied') return walletFault('no_record', cause);
  if (status === 401) return walletFault('forgotten', cause);
  return walletFault(status >= 500 ? 'unavailable' : 'refused', cause);
}

function readProof(body: unknown): string {
  const proof = isJsonObject(body) ? body.proof : undefined;
  if (typeof proof !== 'string' || proof.length > maximumProofLength) throw new Refusal(400, 'invalid_request', 'A proof is needed.');
  try {
    if (parseJws(proof).header.typ === 'openid4vci-proof+jwt') return proof;
  } catch (fault) {
    if (!(fault instanceof JwsFault)) throw fault;
  }
  throw new Refusal(400, 'invalid_request', 'This is not a proof of a key.');
}

/** The issued credential as it came; it goes to the browser and nowhere else (design D12). */
function readCredential(body: JsonObject): Json {
  const [first] = (Array.isArray(body.credentials) ? body.credentials : []) as readonly Json[];
  const credential = isJsonObject(first) ? first.credential : undefined;
  if (credential === undefined) throw walletFault('refused', 'an answer without a credential');
  return credential;
}

/** Everything the browser needs to ask for a document, to check it and to draw it. */
async function describe(tools: IssuanceApiTools, session: BrowserSession, id: string, issuance: Issuance): Promise<JsonObject> {
  const { config, directory, appearance } = tools;
  const issuer = await directory.read(issuance.issuer);
  const offering = issuer.offerings.find((offered) => offered.id === issuance.configurationId);
  if (!offering) throw walletFault('unknown_document');
  return {
    id,
    csrf: session.csrf,
    clientId: issuance.clientId,
    allowedAt: issuance.allowedAt,
    expiresAt: issuance.expiresAt,
    configurationId: offering.id,
    configuration: offering.metadata,
    category: categoryOf(config, offering.id) ?? null,
    issuer: {
      identifier: issuer.identifier,
      display: issuer.display,
      ...appearance.of(issuer),
      trustAnchor: base64url(await directory.trustAnchor(issuer.identifier)),
    },
  };
}

/** OpenID4VCI 1.0 §7: a fresh nonce for every proof; nothing where the issuer wants none. */
async function askNonce({ directory, client }: IssuanceApiTools, { issuer }: Issuance): Promise<JsonObject> {
  const { nonceEndpoint } = await directory.read(issuer);
  if (!nonceEndpoint) return {};
  const { status, body } = await client.postEmpty(nonceEndpoint);
  if (status !== 200 || typeof body.c_nonce !== 'string') throw walletFault('unavailable', `the nonce endpoint answered ${status}`);
  return { nonce: body.c_nonce };
}

/** OpenID4VCI 1.0 §8.2. The same proof sent twice is one request for the issuer, so a repeated press does no harm. */
async function askCredential({ directory, client }: IssuanceApiTools, issuance: Issuance, proof: string): Promise<JsonObject> {
  const { issuer, configurationId, credentialIdentifier, accessToken, dpopKey } = issuance;
  const { credentialEndpoint: url } = await directory.read(issuer);
  const what =
    credentialIdentifier === null ? { credential_configuration_id: configurationId } : { credential_identifier: credentialIdentifier };
  const request = { ...what, proofs: { jwt: [proof] } };
  const { status, body } = await client.postJson({ url, dpop: dpopSigner(dpopKey), accessToken, body: request });
  // §8.3: to be fetched later, which this wallet does not do yet. The same proof sent again is the same request.
  if (status === 202) throw walletFault('not_ready', 'the credential is deferred');
  if (status !== 200) throw credentialFault(status, body.error);
  return { credential: readCredential(body) };
}

/** What the browser application may ask of the wallet's server: always about an issuance of its own session. */
export function mountIssuanceApi(scope: FastifyInstance, tools: IssuanceApiTools): void {
  const { sessions, issuances, clock } = tools;
  const base = `${walletRoutes.api}/issuances/:id`;

  async function find(session: BrowserSession, id: string): Promise<Issuance> {
    const issuance = await issuances.get(session, id);
    if (!issuance) throw walletFault('forgotten', 'no such issuance in this browser');
    return issuance;
  }
  const sessionOf = (request: Located) => sessions.require(request, request.headers['x-csrf-token']);
  /** The token is still good: an older one would only be refused further on. */
  async function current(request: Located): Promise<Issuance> {
    const issuance = await find(sessionOf(request), request.params.id);
    if (new Date(issuance.expiresAt) <= clock.now()) throw walletFault('forgotten', 'the permission has ended');
    return issuance;
  }
  const answer = (reply: FastifyReply, body: JsonObject) => reply.header('cache-control', 'no-store').send(body);

  scope.get(base, async (request: Located, reply) => {
    const session = sessions.find(request);
    if (!session) throw walletFault('forgotten', 'no session');
    const { id } = request.params;
    return answer(reply, await describe(tools, session, id, await find(session, id)));
  });
  scope.post(`${base}/nonce`, async (request: Located, reply) => answer(reply, await askNonce(tools, await current(request))));
  scope.post(`${base}/credential`, async (request: Located, reply) => {
    const issuance = await current(request);
    return answer(reply, await askCredential(tools, issuance, readProof(request.body)));
  });
  // The document is in its owner's hands, or was not wanted: the permission is forgotten.
  scope.post(`${base}/end`, async (request: Located, reply) => {
    await issuances.remove(sessionOf(request), request.params.id);
    return answer(reply, {});
  });
}
