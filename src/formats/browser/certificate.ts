import { type Bytes, sameBytes } from './bytes.ts';
import { CredentialFault } from './credential-reader.ts';
import { type Element, readBits, readEcdsaSignature, readElement, readElements, readTime, tags } from './der.ts';

/** The parts of an X.509 certificate that the chain of a credential needs (RFC 5280 §4.1). */
export interface Certificate {
  /** What its issuer signed. */
  readonly signed: Bytes;
  readonly signature: Bytes;
  readonly signatureAlgorithm: string;
  readonly issuer: Bytes;
  readonly subject: Bytes;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: Bytes;
  readonly curve: string;
  readonly isAuthority: boolean;
  readonly maySignData: boolean;
  /** Extended key usages: the contents of their object identifiers, in hexadecimal. */
  readonly purposes: readonly string[];
  readonly uris: readonly string[];
}

const oids = {
  ecPublicKey: '06072a8648ce3d0201',
  p256: '06082a8648ce3d030107',
  p384: '06052b81040022',
  ed25519: '06032b6570',
  ecdsaSha256: '06082a8648ce3d040302',
  ecdsaSha384: '06082a8648ce3d040303',
  keyUsage: '0603551d0f',
  basicConstraints: '0603551d13',
  alternativeName: '0603551d11',
  extendedKeyUsage: '0603551d25',
  issuerAlternativeName: '0603551d12',
} as const;
/** Extensions that may be critical: the ones read here, and those that only narrow what we ask for anyway. */
const understood: readonly string[] = [oids.keyUsage, oids.basicConstraints, oids.alternativeName, oids.extendedKeyUsage];

const fault = (reason: string) => new CredentialFault(`certificate: ${reason}`);
const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

function part(elements: readonly Element[], index: number, tag: number): Element {
  const element = elements[index];
  if (element?.tag !== tag) throw fault('another structure');
  return element;
}

function readPublicKey({ whole, contents }: Element): { readonly publicKey: Bytes; readonly curve: string } {
  const [algorithm, curve] = readElements(part(readElements(contents), 0, tags.sequence).contents);
  // RFC 8410 §3: the algorithm says it all and has no parameters.
  if (algorithm && !curve && hex(algorithm.whole) === oids.ed25519) return { publicKey: whole, curve: 'Ed25519' };
  if (!algorithm || !curve || hex(algorithm.whole) !== oids.ecPublicKey) throw fault('no elliptic-curve key');
  const name = { [oids.p256]: 'P-256', [oids.p384]: 'P-384' }[hex(curve.whole)];
  if (!name) throw fault('another curve');
  return { publicKey: whole, curve: name };
}

interface Extensions {
  readonly isAuthority: boolean;
  readonly maySignData: boolean;
  readonly purposes: readonly string[];
  readonly uris: readonly string[];
}

function readExtensions(list: Bytes): Extensions {
  const values = new Map<string, Bytes>();
  for (const { contents } of readElements(readElement(list, tags.sequence).contents)) {
    const elements = readElements(contents);
    const name = hex(part(elements, 0, tags.oid).whole);
    const critical = elements[1]?.tag === tags.boolean && elements[1].contents[0] === 0xff;
    const value = part(elements, elements.length - 1, tags.octets).contents;
    if (values.has(name)) throw fault('an extension twice');
    // RFC 5280 §4.2: a critical extension that is not understood forbids use.
    if (critical && !understood.includes(name)) throw fault('a critical extension we do not know');
    values.set(name, value);
  }
  const constraints = values.get(oids.basicConstraints);
  const usage = values.get(oids.keyUsage);
  const purposes = values.get(oids.extendedKeyUsage);
  const names = values.get(oids.alternativeName);
  return {
    isAuthority: constraints !== undefined && hex(constraints).startsWith('30') && hex(constraints).includes('0101ff'),
    // §4.2.1.3: digitalSignature is the first bit.
    maySignData: usage !== undefined && ((readElement(usage, tags.bits).contents[1] ?? 0) & 0x80) !== 0,
    // §4.2.1.12
    purposes: purposes ? readElements(readElement(purposes, tags.sequence).contents).map(({ contents }) => hex(contents)) : [],
    // §4.2.1.6: uniformResourceIdentifier [6].
    uris: names
      ? readElements(readElement(names, tags.sequence).contents)
          .filter(({ tag }) => tag === 0x86)
          .map(({ contents }) => String.fromCharCode(...contents))
      : [],
  };
}

/** Reads a certificate strictly. Throws `CredentialFault`. */
export function readCertificate(der: Bytes): Certificate {
  const outer = readElements(readElement(der, tags.sequence).contents);
  const signed = part(outer, 0, tags.sequence);
  const algorithm = part(outer, 1, tags.sequence);
  const signature = part(outer, 2, tags.bits);
  const fields = readElements(signed.contents);
  // §4.1.2.1: version 3, the only one with extensions.
  if (fields[0]?.tag !== 0xa0 || hex(fields[0].contents) !== '020102') throw fault('not version 3');
  if (!sameBytes(part(fields, 2, tags.sequence).whole, algorithm.whole)) throw fault('two signature algorithms');
  const [notBefore, notAfter] = readElements(part(fields, 4, tags.sequence).contents);
  const extensions = fields.find(({ tag }) => tag === 0xa3);
  if (!notBefore || !notAfter || !extensions) throw fault('a part is missing');
  return {
    signed: signed.whole,
    signature: readBits(signature),
    signatureAlgorithm: hex(algorithm.contents),
    issuer: part(fields, 3, tags.sequence).whole,
    subject: part(fields, 5, tags.sequence).whole,
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    ...readPublicKey(part(fields, 6, tags.sequence)),
    ...readExtensions(extensions.contents),
  };
}

export function importVerificationKey({ publicKey, curve }: Certificate): Promise<CryptoKey> {
  const algorithm = curve === 'Ed25519' ? { name: curve } : { name: 'ECDSA', namedCurve: curve };
  return crypto.subtle.importKey('spki', publicKey, algorithm, false, ['verify']);
}

async function isSignedBy({ signed, signature, signatureAlgorithm }: Certificate, authority: Certificate): Promise<boolean> {
  const hash = { [oids.ecdsaSha256]: 'SHA-256', [oids.ecdsaSha384]: 'SHA-384' }[signatureAlgorithm];
  if (!hash || authority.curve === 'Ed25519') throw fault('another signature algorithm');
  const raw = readEcdsaSignature(signature, authority.curve === 'P-384' ? 48 : 32);
  return crypto.subtle.verify({ name: 'ECDSA', hash }, await importVerificationKey(authority), raw, signed);
}

const isCurrent = ({ notBefore, notAfter }: Certificate, now: Date) => notBefore <= now && now <= notAfter;

/**
 * The chain of a credential: one document signer directly below the pinned root, which is not in the chain itself.
 * Returns the signer; throws `CredentialFault`.
 */
export async function verifyChain(chain: readonly Bytes[], trustAnchor: Bytes, now: Date): Promise<Certificate> {
  const [first, ...others] = chain;
  if (!first || others.length > 0) throw fault('not exactly one document signer');
  const [signer, root] = [readCertificate(first), readCertificate(trustAnchor)];
  if (!root.isAuthority || signer.isAuthority || !signer.maySignData) throw fault('a certificate for another purpose');
  if (!sameBytes(signer.issuer, root.subject)) throw fault('another issuer');
  if (!isCurrent(signer, now) || !isCurrent(root, now)) throw fault('outside its time');
  if (!(await isSignedBy(signer, root))) throw fault('a wrong signature');
  return signer;
}
