import type { PublicJwk, Signer } from '../keys/keys.ts';
import { randomHandle, sha256Base64url } from '../lib/bytes.ts';
import { addSeconds, type Clock, numericDate } from '../lib/clock.ts';
import type { Json } from '../lib/json.ts';
import { checkHeader, JwsFault, type ParsedJws, parseJws, signJws, verifySignature } from './jws.ts';
import { importPublicKey, readPublicJwk } from './public-key.ts';
import { Refusal } from './refusal.ts';
import { jwkThumbprint } from './thumbprint.ts';
import { checkTimes } from './time-claims.ts';
import { challenge } from './www-authenticate.ts';

export const dpopAlgorithms = ['ES256', 'EdDSA'] as const;
const proofAgeSeconds = 60;
const toleranceSeconds = 10;
/** As long as a proof could pass again: from the furthest future to the oldest, and the part of a second that times leave out. */
const claimSeconds = proofAgeSeconds + 2 * toleranceSeconds + 1;

/** A proof that passed: the key it was made with. */
export interface ProvenKey {
  readonly jwk: PublicJwk;
  readonly thumbprint: string;
  /** What the proof's header holds as `key_attestation`; not looked at here. */
  readonly keyAttestation?: Json;
}

export interface DpopNonces {
  mint(): string;
  accepts(nonce: string): boolean;
}

interface DpopRequest {
  /** Every `DPoP` header of the request: exactly one is right. */
  readonly headers: readonly string[];
  readonly method: string;
  /** The public address of the endpoint, not what a Host header says. */
  readonly url: URL;
  readonly clock: Clock;
  readonly nonces: DpopNonces;
  /** Takes possession of a proof for its lifetime; false when it was seen (SU5). */
  readonly claim: (key: string, expiresAt: Date) => Promise<boolean>;
}

/** At a protected resource: the token whose hash the proof must carry, and the thumbprint it is bound to. */
export interface DpopAtResource extends DpopRequest {
  readonly accessToken: string;
  readonly boundThumbprint: string;
}

/** At an endpoint of the authorization server, where there is no token yet; a code or refresh token may be bound already. */
export interface DpopAtServer extends DpopRequest {
  readonly atAuthorizationServer: true;
  readonly accessToken?: never;
  readonly boundThumbprint?: string | undefined;
}

export type DpopExpectation = DpopAtResource | DpopAtServer;

const isAtServer = (expectation: DpopExpectation): expectation is DpopAtServer => 'atAuthorizationServer' in expectation;

/** RFC 9449 §8 at the authorization server: 400 and no challenge; §9 at a resource: 401 and a challenge. */
function refuse(
  error: 'invalid_dpop_proof' | 'use_dpop_nonce',
  description: string,
  expectation: DpopExpectation,
  cause?: unknown,
): Refusal {
  const nonce = { 'dpop-nonce': expectation.nonces.mint() };
  if (isAtServer(expectation)) return new Refusal(400, error, description, { headers: nonce, cause });
  const header = challenge('DPoP', { error, description, algorithms: dpopAlgorithms });
  return new Refusal(401, error, description, { headers: { 'www-authenticate': header, ...nonce }, cause });
}

/** RFC 9449 §4.3 item 9: compared after normalisation, without query and fragment. */
function sameTarget(htu: unknown, url: URL): boolean {
  const told = typeof htu === 'string' ? URL.parse(htu) : null;
  if (!told || told.username || told.password) return false;
  return told.origin === url.origin && told.pathname === url.pathname;
}

function checkClaims({ payload }: ParsedJws, expectation: DpopExpectation): { readonly jti: string; readonly nonce: unknown } {
  const { jti, htm, htu, ath, nonce } = payload;
  if (typeof jti !== 'string' || jti.length === 0 || jti.length > 256) throw new JwsFault('no jti');
  if (htm !== expectation.method) throw new JwsFault('another method');
  if (!sameTarget(htu, expectation.url)) throw new JwsFault('another address');
  // §4.3 item 10; without a token there is nothing it could be the hash of.
  if (!isAtServer(expectation) && ath !== sha256Base64url(expectation.accessToken)) throw new JwsFault('another access token');
  return { jti, nonce };
}

async function verifyParts(proof: string, expectation: DpopExpectation): Promise<{ proven: ProvenKey; jti: string; nonce: unknown }> {
  const jws = parseJws(proof);
  checkHeader(jws, { types: ['dpop+jwt'], algorithms: dpopAlgorithms });
  const jwk = readPublicJwk(jws.header.jwk);
  if (!jwk) throw new JwsFault('no public key in jwk');
  const claims = checkClaims(jws, expectation);
  checkTimes(jws.payload, { clock: expectation.clock, toleranceSeconds, maximumAgeSeconds: proofAgeSeconds });
  await verifySignature(jws, importPublicKey(jwk));
  const thumbprint = jwkThumbprint(jwk);
  const bound = isAtServer(expectation) ? (expectation.boundThumbprint ?? thumbprint) : expectation.boundThumbprint;
  if (thumbprint !== bound) throw new JwsFault('another key than the token is bound to');
  const { key_attestation: keyAttestation } = jws.header;
  return { proven: { jwk, thumbprint, ...(keyAttestation === undefined ? {} : { keyAttestation }) }, ...claims };
}

/** RFC 9449 §4.3, at a protected resource (§7) or at the authorization server (§5). Throws a `Refusal` `invalid_dpop_proof` or `use_dpop_nonce`. */
export async function verifyDpopProof(expectation: DpopExpectation): Promise<ProvenKey> {
  const { headers, nonces, clock, claim } = expectation;
  const [proof] = headers;
  if (headers.length !== 1 || !proof) throw refuse('invalid_dpop_proof', 'Exactly one DPoP proof is needed.', expectation);
  const verified = await verifyParts(proof, expectation).catch((fault: unknown) => {
    throw fault instanceof JwsFault
      ? refuse('invalid_dpop_proof', 'The DPoP proof is not valid for this request.', expectation, fault.message)
      : fault;
  });
  if (typeof verified.nonce !== 'string' || !nonces.accepts(verified.nonce))
    throw refuse('use_dpop_nonce', 'The DPoP proof needs a nonce of this server.', expectation);
  // Q22: keyed on parsed values, never on the raw string.
  const fresh = await claim(`${verified.proven.thumbprint}|${verified.jti}`, addSeconds(clock.now(), claimSeconds));
  if (!fresh) throw refuse('invalid_dpop_proof', 'The DPoP proof was used before.', expectation);
  return verified.proven;
}

export interface DpopTarget {
  readonly method: string;
  readonly url: URL;
  readonly clock: Clock;
  readonly nonce?: string | undefined;
  readonly accessToken?: string | undefined;
}

/** RFC 9449 §4.2: a proof of ours as a client. */
export function createDpopProof(signer: Signer, { method, url, clock, nonce, accessToken }: DpopTarget): Promise<string> {
  const { kty, crv, x, y } = signer.publicJwk;
  const jwk = y === undefined ? { kty, crv, x } : { kty, crv, x, y };
  const claims = {
    jti: randomHandle(),
    htm: method,
    htu: url.origin + url.pathname,
    iat: numericDate(clock.now()),
    ...(nonce === undefined ? {} : { nonce }),
    ...(accessToken === undefined ? {} : { ath: sha256Base64url(accessToken) }),
  };
  return signJws(signer, { typ: 'dpop+jwt', jwk }, claims);
}
