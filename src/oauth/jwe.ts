import { createDecipheriv } from 'node:crypto';
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

/** RFC 7516 compact, ECDH-ES direct (RFC 7518 §4.6) with A256GCM, to a published key. */
export async function encryptTo(recipient: PublicJwk, payload: JsonObject, type: string): Promise<string> {
  const key = await importJWK(recipient as JWK, 'ECDH-ES');
  const header = { alg: 'ECDH-ES', enc: 'A256GCM', typ: type, ...(recipient.kid ? { kid: recipient.kid } : {}) };
  return new CompactEncrypt(utf8(JSON.stringify(payload))).setProtectedHeader(header).encrypt(key);
}

const lengthPrefixed = (bytes: Uint8Array) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.byteLength);
  return Buffer.concat([length, bytes]);
};

export interface Agreement {
  readonly secret: Uint8Array;
  readonly partyU: Uint8Array;
  readonly partyV: Uint8Array;
  readonly algorithm: 'A128GCM' | 'A256GCM';
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

interface OpenedHeader {
  readonly kid: unknown;
  readonly ephemeral: PublicJwk;
  readonly partyU: Uint8Array;
  readonly partyV: Uint8Array;
}

function readHeader(text: string, type: string): OpenedHeader {
  const bytes = readBase64url(text);
  const header = bytes && parseStrictJson(Buffer.from(bytes).toString('utf8'));
  if (!isJsonObject(header) || header.alg !== 'ECDH-ES' || header.enc !== 'A256GCM') throw new JweFault('another algorithm');
  if (header.typ !== type || 'crit' in header || 'zip' in header) throw new JweFault('another type or an extension');
  const ephemeral = readPublicJwk(header.epk);
  const party = (value: unknown) => (value === undefined ? new Uint8Array() : typeof value === 'string' ? readBase64url(value) : undefined);
  const [partyU, partyV] = [party(header.apu), party(header.apv)];
  if (!ephemeral || !partyU || !partyV) throw new JweFault('a member that cannot be read');
  return { kid: header.kid, ephemeral, partyU, partyV };
}

/** Opens a compact JWE with the key it names; the private key stays behind `Decrypter.agree`. Throws `JweFault`. */
export async function decryptWith(decrypters: readonly Decrypter[], jwe: string, type: string): Promise<JsonObject> {
  const parts = jwe.split('.');
  const [head = '', encryptedKey, iv, text, tag] = parts.map((part, index) => (index === 0 ? part : readBase64url(part))) as [
    string,
    ...(Uint8Array | undefined)[],
  ];
  if (parts.length !== 5 || encryptedKey?.byteLength !== 0 || iv?.byteLength !== 12 || !text || tag?.byteLength !== 16)
    throw new JweFault('not a compact JWE');
  try {
    const { kid, ephemeral, partyU, partyV } = readHeader(head, type);
    const decrypter = decrypters.find(({ keyId }) => kid === undefined || keyId === kid);
    if (!decrypter) throw new JweFault('for a key we do not hold');
    const key = deriveContentKey({ secret: await decrypter.agree(ephemeral), partyU, partyV, algorithm: 'A256GCM' });
    const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(head, 'ascii')).setAuthTag(tag);
    const payload = parseStrictJson(Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8'));
    if (!isJsonObject(payload)) throw new JweFault('not an object inside');
    return payload;
  } catch (fault) {
    throw fault instanceof JweFault ? fault : new JweFault('altered or unreadable');
  }
}
