import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { randomBytes } from '../../lib/bytes.ts';

x509.cryptoProvider.set(webcrypto as Crypto);

/** Who a Credential Issuer is, as its certificates say it. */
export interface IssuerName {
  readonly commonName: string;
  readonly organisation: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly identifier: string;
}

const signing = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** Document signer, ISO/IEC 18013-5 annex B.1.4. */
const documentSigner = '1.0.18013.5.1.2';
const day = 86_400_000;
const rootDays = 3650;
export const signerDays = 455;

const escapeName = (text: string) => text.replace(/[,+"\\<>;=#]/g, '\\$&');
const subject = (name: string, { organisation, country }: IssuerName) =>
  `CN=${escapeName(name)}, O=${escapeName(organisation)}, C=${country}`;
const serial = () => Buffer.concat([Buffer.from([0x4c]), randomBytes(15)]).toString('hex');
const alternative = ({ identifier }: IssuerName) => [new x509.GeneralName('url', identifier)];
const issuerAlternative = (name: IssuerName) =>
  new x509.Extension('2.5.29.18', false, new x509.SubjectAlternativeNameExtension(alternative(name)).value);

function importPair(pkcs8: Uint8Array, spki: Uint8Array): Promise<CryptoKeyPair> {
  const subtle = webcrypto.subtle as unknown as SubtleCrypto;
  return Promise.all([
    subtle.importKey('pkcs8', Buffer.from(pkcs8), signing, false, ['sign']),
    subtle.importKey('spki', Buffer.from(spki), signing, true, ['verify']),
  ]).then(([privateKey, publicKey]) => ({ privateKey, publicKey }));
}

export interface KeyBytes {
  readonly pkcs8: Uint8Array;
  readonly spki: Uint8Array;
}

/** The self-signed root of a Credential Issuer: CA, path length 0, signs certificates and revocation lists only (standards MD-9). */
export async function makeRoot(key: KeyBytes, issuer: IssuerName, now: Date): Promise<Uint8Array> {
  const keys = await importPair(key.pkcs8, key.spki);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: subject(`${issuer.commonName} Root`, issuer),
    notBefore: new Date(now.getTime() - day),
    notAfter: new Date(now.getTime() + rootDays * day),
    signingAlgorithm: signing,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      issuerAlternative(issuer),
      new x509.CRLDistributionPointsExtension([`${issuer.identifier}/root.crl`]),
    ],
  });
  return new Uint8Array(certificate.rawData);
}

export interface Authority {
  readonly certificate: Uint8Array;
  readonly key: KeyBytes;
}

/** A document signer below the root, for one signing key; its life stays inside the root's. */
export async function makeSigner(authority: Authority, spki: Uint8Array, issuer: IssuerName, now: Date): Promise<Uint8Array> {
  const root = new x509.X509Certificate(Buffer.from(authority.certificate));
  const { privateKey } = await importPair(authority.key.pkcs8, authority.key.spki);
  // As it is written and not as WebCrypto's, which has no secp256k1.
  const publicKey = new x509.PublicKey(Buffer.from(spki));
  const until = Math.min(now.getTime() + signerDays * day, root.notAfter.getTime());
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: subject(`${issuer.commonName} Document Signer`, issuer),
    issuer: root.subject,
    notBefore: new Date(now.getTime() - day),
    notAfter: new Date(until),
    signingAlgorithm: signing,
    publicKey,
    signingKey: privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([documentSigner], true),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(root.publicKey),
      issuerAlternative(issuer),
      new x509.SubjectAlternativeNameExtension(alternative(issuer)),
      new x509.CRLDistributionPointsExtension([`${issuer.identifier}/root.crl`]),
    ],
  });
  return new Uint8Array(certificate.rawData);
}

/** The addresses a certificate says its subject has (RFC 5280 §4.2.1.6). */
export function readAddresses(certificate: Uint8Array): readonly string[] {
  const names = new x509.X509Certificate(Buffer.from(certificate)).getExtension(x509.SubjectAlternativeNameExtension)?.names;
  return (names?.items ?? []).filter(({ type }) => type === 'url').map(({ value }) => value);
}

/** RFC 5280 §5.2.3: a number that only grows; the second it was made in does. A DER INTEGER has no byte to spare. */
function listNumber(now: Date): x509.Extension {
  const digits = Math.floor(now.getTime() / 1000).toString(16);
  const even = digits.length % 2 ? `0${digits}` : digits;
  const number = Buffer.from(Number.parseInt(even.slice(0, 2), 16) > 0x7f ? `00${even}` : even, 'hex');
  return new x509.Extension('2.5.29.20', false, Buffer.concat([Buffer.from([0x02, number.byteLength]), number]));
}

/** The root's revocation list: it revokes nothing yet, and is made afresh so that it never ends while the product runs. */
export async function makeRevocationList(authority: Authority, now: Date): Promise<Uint8Array> {
  const root = new x509.X509Certificate(Buffer.from(authority.certificate));
  const { privateKey } = await importPair(authority.key.pkcs8, authority.key.spki);
  const list = await x509.X509CrlGenerator.create({
    issuer: root.subject,
    thisUpdate: now,
    nextUpdate: new Date(now.getTime() + 30 * day),
    signingAlgorithm: signing,
    signingKey: privateKey,
    extensions: [await x509.AuthorityKeyIdentifierExtension.create(root.publicKey), listNumber(now)],
  });
  return new Uint8Array(list.rawData);
}
