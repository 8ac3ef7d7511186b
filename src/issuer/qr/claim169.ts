import { deflateSync } from 'node:zlib';
import type { AnySigner } from '../../keys/keys.ts';
import { base45, base45Length } from '../../lib/base45.ts';
import { utf8 } from '../../lib/bytes.ts';
import { type Cbor, encodeCbor, Tagged } from '../../lib/cbor.ts';
import { numericDate } from '../../lib/clock.ts';

/** What readers of the specification verify (standards QR-2). */
export type QrAlgorithm = 'ES256' | 'EdDSA';
/** RFC 9053 §2: the same as COSE numbers them. */
const algorithms: Readonly<Record<QrAlgorithm, number>> = { ES256: -7, EdDSA: -8 };

/** A key in force and the algorithm it was asked for. */
export interface QrSigner {
  readonly algorithm: QrAlgorithm;
  readonly key: Pick<AnySigner, 'keyId' | 'sign'>;
}

export interface Statement {
  /** Credential Issuer identifier. */
  readonly issuer: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** RFC 8392 §3.1 and MOSIP Claim 169: issuer, expiry, time of issue, the person. */
const claimsSet = ({ issuer, issuedAt, expiresAt }: Statement, identity: ReadonlyMap<number, Cbor>): Uint8Array =>
  encodeCbor(
    new Map<number, Cbor>([
      [1, issuer],
      [4, numericDate(expiresAt)],
      [6, numericDate(issuedAt)],
      [169, identity],
    ]),
  );

/** RFC 9052 §4.2, tagged; the key id tells an offline reader which of the issuer's keys to take (standards QR-5). */
const envelope = (header: Uint8Array, keyId: string, payload: Uint8Array, signature: Uint8Array): Uint8Array =>
  encodeCbor(new Tagged(18, [header, new Map([[4, utf8(keyId)]]), payload, signature]));

/** standards QR-1: CBOR map, CWT, COSE_Sign1, zlib, Base45: the text of a QR code in alphanumeric mode. */
export async function sealClaim169(
  { algorithm, key }: QrSigner,
  statement: Statement,
  identity: ReadonlyMap<number, Cbor>,
): Promise<string> {
  const header = encodeCbor(new Map([[1, algorithms[algorithm]]]));
  const payload = claimsSet(statement, identity);
  const signature = await key.sign(encodeCbor(['Signature1', header, new Uint8Array(), payload]));
  return base45(deflateSync(envelope(header, key.keyId, payload, signature), { level: 9 }));
}

/** What stored blocks, header and checksum add to data that cannot be compressed (zlib's own bound). */
const deflateBound = (length: number): number => length + (length >> 12) + (length >> 14) + (length >> 25) + 13;
/** RFC 7638: a key id is the thumbprint of its key in base64url. */
const longestKeyId = '0'.repeat(43);
const latest = new Date(0xffff_ffff * 1000);

/** Characters that a map of this size needs when nothing of it can be compressed. */
export function longestClaim169(issuer: string, identity: ReadonlyMap<number, Cbor>): number {
  const payload = claimsSet({ issuer, issuedAt: latest, expiresAt: latest }, identity);
  const header = encodeCbor(new Map([[1, algorithms.ES256]]));
  return base45Length(deflateBound(envelope(header, longestKeyId, payload, new Uint8Array(64)).length));
}
