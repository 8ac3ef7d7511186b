import { constants, type KeyObject, verify } from 'node:crypto';
import type { AnySigner } from '../keys/keys.ts';
import { base64url, readBase64url, utf8 } from '../lib/bytes.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import { firstInTurn } from '../lib/loop-turn.ts';
import { parseStrictJson } from '../lib/strict-json.ts';
import { fitsAlgorithm, hasPrivateMember, type VerifyingAlgorithm } from './public-key.ts';

/** Why a token was not taken; for the log and for the caller's own error code, never a clue for an attacker. */
export class JwsFault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'JwsFault';
  }
}

export interface ParsedJws {
  readonly header: JsonObject & { readonly alg: string };
  readonly payload: JsonObject;
  readonly signingInput: string;
  readonly signature: Uint8Array;
}

const maximumLength = 32 * 1024;
const signatureLength: Readonly<Record<string, number>> = { ES256: 64, ES384: 96, EdDSA: 64, Ed25519: 64 };

function parsePart(text: string, name: string): JsonObject {
  const bytes = readBase64url(text);
  if (!bytes || text === '') throw new JwsFault(`the ${name} is not base64url`);
  let value: unknown;
  try {
    value = parseStrictJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (fault) {
    throw new JwsFault(`the ${name} cannot be read: ${fault instanceof Error ? fault.message : 'unknown'}`);
  }
  if (!isJsonObject(value)) throw new JwsFault(`the ${name} is not an object`);
  return value;
}

/** RFC 7515 §5.2 steps 1 to 5, strictly: three canonical parts, no unencoded payload, no critical extension. Throws `JwsFault`. */
export function parseJws(token: string): ParsedJws {
  if (token.length > maximumLength) throw new JwsFault('too long');
  const parts = token.split('.');
  if (parts.length !== 3) throw new JwsFault('not three parts');
  const [head = '', body = '', tail = ''] = parts;
  const header = parsePart(head, 'header');
  const { alg } = header;
  if (typeof alg !== 'string') throw new JwsFault('no algorithm');
  if ('crit' in header || 'b64' in header || 'zip' in header || 'enc' in header) throw new JwsFault('an extension we do not know');
  // Whoever sends a private key has lost it: what it signs proves nothing.
  if (isJsonObject(header.jwk) && hasPrivateMember(header.jwk)) throw new JwsFault('a private key in the header');
  const signature = readBase64url(tail);
  if (!signature || signature.byteLength === 0) throw new JwsFault('no signature');
  return { header: { ...header, alg }, payload: parsePart(body, 'payload'), signingInput: `${head}.${body}`, signature };
}

export interface JwsRules {
  /** The exact `typ` values taken (RFC 8725 §3.11), compared without case and without `application/`. */
  readonly types: readonly string[];
  readonly algorithms: readonly VerifyingAlgorithm[];
}

/** The header against what this intake takes; done before any key is used. */
export function checkHeader({ header }: ParsedJws, { types, algorithms }: JwsRules): void {
  const typ = typeof header.typ === 'string' ? header.typ.toLowerCase().replace(/^application\//, '') : undefined;
  if (typ === undefined || !types.includes(typ)) throw new JwsFault(`typ is not ${types.join(' or ')}`);
  if (!(algorithms as readonly string[]).includes(header.alg)) throw new JwsFault('an algorithm we do not take');
}

/** RFC 7515 §5.2 step 8 with a key that must fit the algorithm. Throws `JwsFault`. */
export async function verifySignature({ header, signingInput, signature }: ParsedJws, key: KeyObject): Promise<void> {
  const { alg } = header;
  if (!fitsAlgorithm(key, alg)) throw new JwsFault('the key does not fit the algorithm');
  const length = signatureLength[alg];
  if (length !== undefined && signature.byteLength !== length) throw new JwsFault('a signature of the wrong length');
  const good = await verifyBytes(alg, Buffer.from(signingInput, 'ascii'), key, signature);
  if (!good) throw new JwsFault('a wrong signature');
}

function verifyBytes(algorithm: VerifyingAlgorithm, data: Buffer, key: KeyObject, signature: Uint8Array): Promise<boolean> {
  const digest = algorithm === 'EdDSA' || algorithm === 'Ed25519' ? null : algorithm === 'ES384' ? 'sha384' : 'sha256';
  const padding = algorithm === 'PS256' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
  const options = { key, dsaEncoding: 'ieee-p1363' as const, ...padding };
  if (firstInTurn()) return Promise.resolve(verify(digest, data, options, signature));
  return new Promise((resolve, reject) => {
    verify(digest, data, options, signature, (fault, good) =>
      fault ? reject(new JwsFault('a signature that cannot be checked')) : resolve(good),
    );
  });
}

/** RFC 7515 §7.1: compact serialisation, `alg` and nothing else added to the header. */
export async function signJws(signer: AnySigner, header: JsonObject, payload: JsonObject): Promise<string> {
  const input = `${base64url(JSON.stringify({ ...header, alg: signer.algorithm }))}.${base64url(JSON.stringify(payload))}`;
  return `${input}.${base64url(await signer.sign(utf8(input)))}`;
}
