import 'reflect-metadata';
import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Clock } from '../lib/clock.ts';
import { JwsFault } from './jws.ts';

const maximumLength = 5;
const maximumText = 16 * 1024;

/** RFC 7515 §4.1.6: DER in base64, not base64url, the leaf first; one spelling for each (quality Q22). Throws `JwsFault`. */
export function readCertificates(x5c: unknown): readonly X509Certificate[] {
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > maximumLength) throw new JwsFault('x5c is no chain that is taken');
  return x5c.map((text: unknown) => {
    const bytes = typeof text === 'string' && text.length <= maximumText ? Buffer.from(text, 'base64') : undefined;
    if (!bytes || bytes.toString('base64') !== text) throw new JwsFault('x5c holds something else than base64');
    return readCertificate(bytes);
  });
}

function readCertificate(bytes: Buffer): X509Certificate {
  try {
    const certificate = new X509Certificate(bytes);
    if (certificate.raw.equals(bytes)) return certificate;
  } catch {
    // Said below.
  }
  throw new JwsFault('x5c holds something else than certificates');
}

/** What RFC 5280 §6 wants to know of one certificate. */
interface Facts {
  readonly certificate: X509Certificate;
  readonly from: number;
  readonly until: number;
  readonly authority: boolean;
  /** How many certificates of authorities may stand below it. */
  readonly pathLength: number;
  readonly usages: number | undefined;
  readonly sound: boolean;
}

/** RFC 5280 §4.2: those that are looked at here, or say nothing that a signature depends on. Any other critical one refuses. */
const knownExtensions = ['2.5.29.14', '2.5.29.15', '2.5.29.17', '2.5.29.19', '2.5.29.32', '2.5.29.35', '2.5.29.37'];
const soundHashes = ['SHA-256', 'SHA-384', 'SHA-512'];

function hasSoundSignature({ signatureAlgorithm }: x509.X509Certificate): boolean {
  const { name, hash } = signatureAlgorithm as { readonly name: string; readonly hash?: { readonly name: string } };
  if (name === 'Ed25519') return true;
  return ['ECDSA', 'RSASSA-PKCS1-v1_5', 'RSA-PSS'].includes(name) && soundHashes.includes(hash?.name ?? '');
}

function hasSoundKey({ publicKey }: X509Certificate): boolean {
  return publicKey.asymmetricKeyType !== 'rsa' || (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
}

function readFacts(certificate: X509Certificate): Facts {
  try {
    const parsed = new x509.X509Certificate(certificate.raw);
    const constraints = parsed.getExtension(x509.BasicConstraintsExtension);
    const unknown = parsed.extensions.some(({ critical, type }) => critical && !knownExtensions.includes(type));
    return {
      certificate,
      from: parsed.notBefore.getTime(),
      until: parsed.notAfter.getTime(),
      authority: constraints?.ca ?? false,
      pathLength: constraints?.pathLength ?? Number.POSITIVE_INFINITY,
      usages: parsed.getExtension(x509.KeyUsagesExtension)?.usages,
      sound: !unknown && hasSoundSignature(parsed) && hasSoundKey(certificate),
    };
  } catch {
    throw new JwsFault('a certificate that cannot be read');
  }
}

const may = ({ usages }: Facts, usage: x509.KeyUsageFlags) => usages === undefined || (usages & usage) !== 0;
const mayCertify = (facts: Facts) => facts.authority && may(facts, x509.KeyUsageFlags.keyCertSign);

/** A root as an operator configures it; `undefined` for a certificate that may not certify others. */
export function readAnchor(bytes: Uint8Array): X509Certificate | undefined {
  const certificate = new X509Certificate(bytes);
  const facts = readFacts(certificate);
  return mayCertify(facts) && facts.sound ? certificate : undefined;
}

const wasIssuedBy = ({ certificate }: Facts, issuer: Facts) =>
  certificate.checkIssued(issuer.certificate) && certificate.verify(issuer.certificate.publicKey);

const sameKey = (one: X509Certificate, other: X509Certificate) => one.publicKey.equals(other.publicKey);

function checkLinks(chain: readonly Facts[], anchors: readonly Facts[]): Facts {
  // HAIP 1.0 §4.5.1: the anchor is not sent. Whoever sends one wants to bring his own (quality R80).
  if (chain.some((facts) => anchors.some(({ certificate }) => sameKey(certificate, facts.certificate)) || wasIssuedBy(facts, facts)))
    throw new JwsFault('a trust anchor or a self-signed certificate inside x5c');
  const last = chain.at(-1);
  const anchor = last && anchors.find((known) => wasIssuedBy(last, known));
  if (!anchor) throw new JwsFault('a chain to no trust anchor of ours');
  for (const [index, facts] of [...chain, anchor].entries()) {
    const above = [...chain, anchor][index + 1];
    if (above && !wasIssuedBy(facts, above)) throw new JwsFault('a chain with a gap');
    if (index > 0 && !(mayCertify(facts) && facts.pathLength >= index - 1)) throw new JwsFault('a certificate that may not certify');
    if (!facts.sound) throw new JwsFault('a certificate that is too weak or says what we do not know');
  }
  return anchor;
}

interface Trusted {
  readonly key: KeyObject;
  readonly from: number;
  readonly until: number;
}

function verifyChain(certificates: readonly X509Certificate[], anchors: readonly Facts[]): Trusted {
  const chain = certificates.map(readFacts);
  const all = [...chain, checkLinks(chain, anchors)];
  const [leaf] = chain;
  if (!leaf || !may(leaf, x509.KeyUsageFlags.digitalSignature)) throw new JwsFault('a certificate that may not sign');
  const { publicKey } = leaf.certificate;
  return { key: publicKey, from: Math.max(...all.map(({ from }) => from)), until: Math.min(...all.map(({ until }) => until)) };
}

/** Takes chains to its anchors and no others. */
export interface ChainVerifier {
  /** The key of the leaf, once the chain is proven (RFC 5280 §6). Revocation lists are not asked. Throws `JwsFault`. */
  verify(x5c: unknown): KeyObject;
}

const maximumKept = 256;

/** One wallet provider's chain comes with every request of all its users: what was proven of it is remembered, its times are not. */
export function createChainVerifier(anchors: readonly X509Certificate[], clock: Clock): ChainVerifier {
  const trusted = anchors.map(readFacts);
  const kept = new Map<string, Trusted>();
  return {
    verify(x5c) {
      const certificates = readCertificates(x5c);
      const id = createHash('sha256');
      for (const { raw } of certificates) id.update(raw);
      const name = id.digest('base64');
      const proven = kept.get(name) ?? verifyChain(certificates, trusted);
      if (kept.size >= maximumKept) kept.clear();
      kept.set(name, proven);
      const now = clock.now().getTime();
      if (now < proven.from || now > proven.until) throw new JwsFault('a chain that is not in force');
      return proven.key;
    },
  };
}
