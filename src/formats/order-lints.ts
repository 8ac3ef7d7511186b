import type { Lint } from './format.ts';

const dayMilliseconds = 86_400_000;
const longestMilliseconds = 36_500 * dayMilliseconds;
const curves: Readonly<Record<string, { readonly kty: string; readonly algorithm: string; readonly coordinates: number }>> = {
  'P-256': { kty: 'EC', algorithm: 'ES256', coordinates: 43 },
  'P-384': { kty: 'EC', algorithm: 'ES384', coordinates: 64 },
  secp256k1: { kty: 'EC', algorithm: 'ES256K', coordinates: 43 },
  Ed25519: { kty: 'OKP', algorithm: 'EdDSA', coordinates: 43 },
};
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Rules on an order that hold in every encoding. */
export const orderLints: readonly Lint<unknown>[] = [
  {
    id: 'order/issuer-is-an-address',
    clause: 'OpenID4VCI 1.0 §12.2.1',
    holds: (_, { issuer }) => /^https?:\/\/[^\s?#]+$/.test(issuer),
  },
  { id: 'order/issuer-did', clause: 'did:web §3.1', holds: (_, { issuerDid }) => /^did:web:[^\s?#/]+$/.test(issuerDid) },
  { id: 'order/begins', clause: 'RFC 7519 §4.1.6', holds: (_, { issuedAt }) => issuedAt.getTime() >= 0 },
  {
    id: 'order/begins-on-a-whole-second',
    clause: 'RFC 7519 §2 (NumericDate), ISO/IEC 18013-5 §9.1.2.4',
    holds: (_, { issuedAt }) => issuedAt.getTime() % 1000 === 0,
  },
  { id: 'order/ends', clause: 'RFC 7519 §4.1.4', holds: (_, { expiresAt }) => expiresAt === undefined || expiresAt.getTime() > 0 },
  {
    id: 'order/ends-on-a-whole-second',
    clause: 'RFC 7519 §2 (NumericDate), ISO/IEC 18013-5 §9.1.2.4',
    holds: (_, { expiresAt }) => expiresAt === undefined || expiresAt.getTime() % 1000 === 0,
  },
  {
    id: 'order/ends-after-it-begins',
    clause: 'VCDM 2.0 §4.9',
    holds: (_, { issuedAt, expiresAt }) => expiresAt === undefined || expiresAt > issuedAt,
  },
  {
    id: 'order/lasts-a-lifetime-at-most',
    clause: 'quality Q20',
    holds: (_, { issuedAt, expiresAt }) => expiresAt === undefined || expiresAt.getTime() - issuedAt.getTime() <= longestMilliseconds,
  },
  {
    id: 'order/status-index',
    clause: 'Token Status List §6.2, Bitstring Status List 1.0 §2.1',
    holds: (_, { status }) => status === undefined || (Number.isSafeInteger(status.index) && status.index >= 0),
  },
  {
    id: 'order/status-index-in-range',
    clause: 'Token Status List §4.1',
    holds: (_, { status }) => status === undefined || status.index < 2 ** 31,
  },
  {
    id: 'order/status-address',
    clause: 'Token Status List §6.2',
    holds: (_, { status }) => status === undefined || /^https?:\/\/[^\s?#]+$/.test(status.uri),
  },
  {
    id: 'order/status-of-this-issuer',
    clause: 'Token Status List §13.5',
    holds: (_, { status, issuer }) => status === undefined || status.uri.startsWith(`${issuer}/`),
  },
  {
    id: 'order/holder-curve',
    clause: 'RFC 7518 §6.2.1.1, RFC 8037 §2',
    holds: (_, { holder }) => holder === undefined || curves[holder.jwk.crv]?.kty === holder.jwk.kty,
  },
  {
    id: 'order/holder-key-is-whole',
    clause: 'RFC 7518 §6.2.1.2',
    holds: (_, { holder }) => holder === undefined || holder.jwk.x.length === curves[holder.jwk.crv]?.coordinates,
  },
  {
    id: 'order/holder-key-has-both-coordinates',
    clause: 'RFC 7518 §6.2.1.3, RFC 8037 §2',
    holds: (_, { holder }) =>
      holder === undefined || (holder.jwk.kty === 'EC' ? holder.jwk.y?.length === holder.jwk.x.length : holder.jwk.y === undefined),
  },
  {
    id: 'order/holder-key-is-public',
    clause: 'RFC 7517 §9.2',
    holds: (_, { holder }) => holder === undefined || !privateMembers.some((name) => name in holder.jwk),
  },
  {
    id: 'order/holder-did',
    clause: 'DID Core 1.0 §3.1',
    holds: (_, { holder }) => holder === undefined || /^did:[a-z0-9]+:[\w.:%-]+$/.test(holder.did),
  },
  {
    id: 'order/holder-is-not-the-issuer',
    clause: 'OpenID4VCI 1.0 §13.6',
    holds: (_, { holder, signer }) => holder === undefined || !('x' in signer.publicJwk) || holder.jwk.x !== signer.publicJwk.x,
  },
  {
    id: 'order/signer-algorithm',
    clause: 'RFC 7518 §3.1, RFC 8037 §3.1, RFC 8812 §3.2',
    holds: (_, { signer: { publicJwk, algorithm } }) =>
      publicJwk.kty === 'RSA' ? algorithm === 'PS256' || algorithm === 'RS256' : curves[publicJwk.crv]?.algorithm === algorithm,
  },
  { id: 'order/signer-key-id', clause: 'RFC 7515 §4.1.4', holds: (_, { signer }) => signer.keyId !== '' },
  {
    id: 'order/signer-certificates',
    clause: 'RFC 5280 §4.1',
    holds: (_, { signer }) => signer.certificates.every((certificate) => certificate[0] === 0x30 && certificate.length > 100),
  },
];
