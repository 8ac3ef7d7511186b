import { X509Certificate } from 'node:crypto';
import type { AnySigner, PublicJwk } from '../../keys/keys.ts';
import { type Cbor, encodeCbor } from '../../lib/cbor.ts';
import { ClaimFault, type Order } from '../format.ts';
import type { MdocAlgorithm } from './elements.ts';

/** The name of an algorithm (RFC 9053 §2.1, §2.2), and how long its signatures are (standards MD-7). */
export const coseAlgorithms: Readonly<Record<MdocAlgorithm, { readonly label: number; readonly signatureLength: number }>> = {
  ES256: { label: -7, signatureLength: 64 },
  ES384: { label: -35, signatureLength: 96 },
  EdDSA: { label: -8, signatureLength: 64 },
};

/** RFC 9052 §3.1: the protected header holds the algorithm and nothing else (standards MD-3). */
export const protectedHeader = (algorithm: MdocAlgorithm): Uint8Array => encodeCbor(new Map([[1, coseAlgorithms[algorithm].label]]));

/** RFC 9360 §2: one certificate stands alone, more stand in an array; the anchor is in neither. */
export function unprotectedHeader({ certificates }: AnySigner): ReadonlyMap<number, Cbor> {
  const [first, ...others] = certificates;
  if (!first) throw new Error('A document signer needs a certificate.');
  return new Map<number, Cbor>([[33, others.length === 0 ? first : certificates]]);
}

/** RFC 9052 §4.4: what COSE_Sign1 signs. */
export const signatureContext = 'Signature1';

/** The holder's key as COSE_Key (RFC 9053 §7): EC2 on P-256, or OKP on Ed25519; no further member. */
export function coseKey({ kty, crv, x, y }: PublicJwk): ReadonlyMap<number, Cbor> {
  // Canonical already: a key of a stranger is read before it gets here.
  const [first, second] = [Buffer.from(x, 'base64url'), y === undefined ? undefined : Buffer.from(y, 'base64url')];
  if (kty === 'EC' && crv === 'P-256' && first.length === 32 && second?.length === 32)
    return new Map<number, Cbor>([
      [1, 2],
      [-1, 1],
      [-2, first],
      [-3, second],
    ]);
  if (kty === 'OKP' && crv === 'Ed25519' && first.length === 32)
    return new Map<number, Cbor>([
      [1, 1],
      [-1, 6],
      [-2, first],
    ]);
  throw new ClaimFault('the key of the holder is on a curve this encoding has no use for');
}

/** What the security object says besides the digests. */
export interface Statement {
  readonly deviceKey: ReadonlyMap<number, Cbor>;
  readonly signed: Date;
  readonly validUntil: Date;
  readonly status: Order['status'];
}

const ends = new WeakMap<AnySigner, Date>();

function endOf(signer: AnySigner): Date {
  const known = ends.get(signer) ?? new X509Certificate(signer.certificates[0] ?? new Uint8Array()).validToDate;
  ends.set(signer, known);
  return known;
}

/** standards MD-6: nothing is valid for longer than the certificate of its signer. */
export function statementOf({ holder, issuedAt, expiresAt, status, signer }: Order): Statement {
  if (!holder) throw new ClaimFault('an mdoc is bound to a key of its holder');
  const end = endOf(signer);
  const validUntil = expiresAt === undefined || expiresAt > end ? end : expiresAt;
  if (validUntil <= issuedAt) throw new ClaimFault('it would end before it begins');
  return { deviceKey: coseKey(holder.jwk), signed: issuedAt, validUntil, status };
}
