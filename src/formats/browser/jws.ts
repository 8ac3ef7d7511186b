import { type Bytes, readBase64, readBase64url, readUtf8, utf8 } from './bytes.ts';
import { importVerificationKey, verifyChain } from './certificate.ts';
import { CredentialFault, type Expectation } from './credential-reader.ts';

export type Members = Readonly<Record<string, unknown>>;

export const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A compact JWS (RFC 7515 §3.1) whose payload is a JSON object; nothing of it is verified. */
export interface ParsedJws {
  readonly header: Members;
  readonly payload: Members;
  readonly signed: Bytes;
  readonly signature: Bytes;
}

const maximumLength = 1024 * 1024;
const toleranceMilliseconds = 60_000;

/** The text that a credential is. */
export function readText(credential: unknown): string {
  if (typeof credential !== 'string' || credential.length > maximumLength) throw new CredentialFault('not a text of a sane length');
  return credential;
}

function readPart(text: string, name: string): Members {
  const bytes = readBase64url(text);
  try {
    const value: unknown = bytes && JSON.parse(readUtf8(bytes));
    if (isMembers(value)) return value;
  } catch {
    // Told below.
  }
  throw new CredentialFault(`the ${name} cannot be read`);
}

export function parseJws(text: string): ParsedJws {
  const [head = '', body = '', tail = '', ...more] = text.split('.');
  const signature = readBase64url(tail);
  if (more.length > 0 || !signature || signature.length === 0) throw new CredentialFault('not a signed JWT');
  const [header, payload] = [readPart(head, 'header'), readPart(body, 'payload')];
  return { header, payload, signed: utf8(`${head}.${body}`), signature };
}

/** The curve that an algorithm of ours needs, and how WebCrypto calls it. RSA is for other wallets; WebCrypto has no secp256k1. */
const algorithms: Readonly<Record<string, { readonly curve: string; readonly parameters: AlgorithmIdentifier | EcdsaParams }>> = {
  ES256: { curve: 'P-256', parameters: { name: 'ECDSA', hash: 'SHA-256' } },
  ES384: { curve: 'P-384', parameters: { name: 'ECDSA', hash: 'SHA-384' } },
  EdDSA: { curve: 'Ed25519', parameters: { name: 'Ed25519' } },
};

/** Signed by a document signer below the pinned root that speaks for the expected issuer. Returns the algorithm. */
export async function verifyIssuerSignature(
  { header, signed, signature }: ParsedJws,
  { trustAnchor, issuer, now }: Expectation,
): Promise<string> {
  const { alg } = header;
  const algorithm = typeof alg === 'string' && Object.hasOwn(algorithms, alg) ? algorithms[alg] : undefined;
  if (typeof alg !== 'string' || !algorithm) throw new CredentialFault('an algorithm we do not take');
  if ('crit' in header) throw new CredentialFault('an extension we do not know');
  const chain = Array.isArray(header.x5c)
    ? header.x5c.map((text: unknown) => (typeof text === 'string' ? readBase64(text) : undefined))
    : [];
  if (!chain.every((der) => der !== undefined)) throw new CredentialFault('a certificate that cannot be read');
  const signer = await verifyChain(chain, trustAnchor, now);
  // SD-JWT VC §3.5, and the same rule for every format: the certificate speaks for the issuer it names.
  if (!signer.uris.includes(issuer)) throw new CredentialFault('a certificate of another issuer');
  if (signer.curve !== algorithm.curve) throw new CredentialFault('the key does not fit the algorithm');
  const good = await crypto.subtle.verify(algorithm.parameters, await importVerificationKey(signer), signature, signed);
  if (!good) throw new CredentialFault('a wrong signature');
  return alg;
}

/** A NumericDate (RFC 7519 §2) among the members. */
export function numericDateOf(members: Members, name: string): Date | undefined {
  const seconds = members[name];
  if (seconds === undefined) return undefined;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) throw new CredentialFault(`${name} is no time`);
  return new Date(seconds * 1000);
}

/** Neither made in the future nor at its end, clocks being a minute apart at most. */
export function checkTimes(issuedAt: Date | undefined, validUntil: Date | undefined, now: Date): void {
  if (issuedAt && issuedAt.getTime() > now.getTime() + toleranceMilliseconds) throw new CredentialFault('issued in the future');
  if (validUntil && validUntil.getTime() <= now.getTime() - toleranceMilliseconds) throw new CredentialFault('no longer valid');
}
