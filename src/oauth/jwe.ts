import { createDecipheriv } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { CompactEncrypt, importJWK, type JWK } from 'jose';
import type { Decrypter, PublicJwk } from '../keys/keys.ts';
import { readBase64url, sha256, utf8 } from '../lib/bytes.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import { parseStrictJson } from '../lib/strict-json.ts';
import { readPublicJwk } from './public-key.ts';

/** The message was not for us, was altered, or is not what we open. */
export class JweFault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'JweFault';
  }
}

/** RFC 7518 §5.3 */
export type ContentEncryption = 'A128GCM' | 'A256GCM';
export const contentEncryptions: readonly ContentEncryption[] = ['A128GCM', 'A256GCM'];

const ciphers = { A128GCM: 'aes-128-gcm', A256GCM: 'aes-256-gcm' } as const;

const lengthPrefixed = (bytes: Uint8Array) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.byteLength);
  return Buffer.concat([length, bytes]);
};

export interface Agreement {
  readonly secret: Uint8Array;
  readonly partyU: Uint8Array;
  readonly partyV: Uint8Array;
  readonly algorithm: ContentEncryption;
}

/** RFC 7518 §4.6.2: Concat KDF, one round of SHA-256, which is enough for a content key of up to 256 bits. */
export function deriveContentKey({ secret, partyU, partyV, algorithm }: Agreement): Uint8Array {
  const bits = algorithm === 'A256GCM' ? 256 : 128;
  const counter = Buffer.from([0, 0, 0, 1]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bits);
  const parts = [counter, secret, lengthPrefixed(utf8(algorithm)), lengthPrefixed(partyU), lengthPrefixed(partyV), length];
  return sha256(Buffer.concat(parts)).subarray(0, bits / 8);
}

export interface JweOptions {
  readonly encryption: ContentEncryption;
  readonly type?: string;
}

/** RFC 7516 compact, ECDH-ES direct (RFC 7518 §4.6), to a published key; `kid` is copied when the key has one (OpenID4VCI 1.0 §10). */
export async function encryptMessage(recipient: PublicJwk, plaintext: Uint8Array, { encryption, type }: JweOptions): Promise<string> {
  const key = await importJWK(recipient as JWK, 'ECDH-ES');
  const header = { alg: 'ECDH-ES', enc: encryption, ...(type ? { typ: type } : {}), ...(recipient.kid ? { kid: recipient.kid } : {}) };
  return new CompactEncrypt(plaintext).setProtectedHeader(header).encrypt(key);
}

export interface JweRules {
  readonly encryptions: readonly ContentEncryption[];
  readonly type?: string;
  /** The longest a compressed message may become; without it none is taken (quality R71). */
  readonly maximumInflatedBytes?: number;
}

interface OpenedHeader {
  readonly kid: unknown;
  readonly encryption: ContentEncryption;
  readonly compressed: boolean;
  readonly ephemeral: PublicJwk;
  readonly partyU: Uint8Array;
  readonly partyV: Uint8Array;
}

function readHeader(text: string, { encryptions, type, maximumInflatedBytes }: JweRules): OpenedHeader {
  const bytes = readBase64url(text);
  const header = bytes && parseStrictJson(Buffer.from(bytes).toString('utf8'));
  if (!isJsonObject(header) || header.alg !== 'ECDH-ES') throw new JweFault('another algorithm');
  const encryption = encryptions.find((known) => known === header.enc);
  if (!encryption) throw new JweFault('another content encryption');
  if (type !== undefined && header.typ !== type) throw new JweFault('another type');
  const compressed = header.zip !== undefined;
  if ('crit' in header || (compressed && (header.zip !== 'DEF' || maximumInflatedBytes === undefined))) throw new JweFault('an extension');
  const ephemeral = readPublicJwk(header.epk);
  const party = (value: unknown) => (value === undefined ? new Uint8Array() : typeof value === 'string' ? readBase64url(value) : undefined);
  const [partyU, partyV] = [party(header.apu), party(header.apv)];
  if (!ephemeral || !partyU || !partyV) throw new JweFault('a member that cannot be read');
  return { kid: header.kid, encryption, compressed, ephemeral, partyU, partyV };
}

/** Opens a compact JWE with the key it names; the private key stays behind `Decrypter.agree`. Throws `JweFault`. */
export async function decryptMessage(decrypters: readonly Decrypter[], jwe: string, rules: JweRules): Promise<Uint8Array> {
  const parts = jwe.split('.');
  const [head = '', encryptedKey, iv, text, tag] = parts.map((part, index) => (index === 0 ? part : readBase64url(part))) as [
    string,
    ...(Uint8Array | undefined)[],
  ];
  if (parts.length !== 5 || encryptedKey?.byteLength !== 0 || iv?.byteLength !== 12 || !text || tag?.byteLength !== 16)
    throw new JweFault('not a compact JWE');
  try {
    const { kid, encryption, compressed, ephemeral, partyU, partyV } = readHeader(head, rules);
    const decrypter = decrypters.find(({ keyId }) => kid === undefined || keyId === kid);
    if (!decrypter) throw new JweFault('for a key we do not hold');
    const key = deriveContentKey({ secret: await decrypter.agree(ephemeral), partyU, partyV, algorithm: encryption });
    const decipher = createDecipheriv(ciphers[encryption], key, iv).setAAD(Buffer.from(head, 'ascii')).setAuthTag(tag);
    const plaintext = Buffer.concat([decipher.update(text), decipher.final()]);
    return compressed ? inflateRawSync(plaintext, { maxOutputLength: rules.maximumInflatedBytes ?? 0 }) : plaintext;
  } catch (fault) {
    throw fault instanceof JweFault ? fault : new JweFault('altered or unreadable');
  }
}

/** A JSON object for one recipient, with a type of its own so that it is nothing where another is expected. */
export function encryptTo(recipient: PublicJwk, payload: JsonObject, type: string): Promise<string> {
  return encryptMessage(recipient, utf8(JSON.stringify(payload)), { encryption: 'A256GCM', type });
}

/** Opens what `encryptTo` made. Throws `JweFault`. */
export async function decryptWith(decrypters: readonly Decrypter[], jwe: string, type: string): Promise<JsonObject> {
  const plaintext = await decryptMessage(decrypters, jwe, { encryptions: ['A256GCM'], type });
  try {
    const payload = parseStrictJson(Buffer.from(plaintext).toString('utf8'));
    if (isJsonObject(payload)) return payload;
  } catch {
    throw new JweFault('not JSON inside');
  }
  throw new JweFault('not an object inside');
}
