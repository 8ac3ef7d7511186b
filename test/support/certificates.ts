import 'reflect-metadata';
import { createPublicKey, type KeyObject, randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as Crypto);

export const { KeyUsageFlags } = x509;
export const criticalExtension = (type: string, value: Uint8Array<ArrayBuffer>) => new x509.Extension(type, true, value);

const signing = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const day = 86_400_000;

export interface CertificateOptions {
  /** Basic constraints; left out for a leaf. */
  readonly authority?: { readonly pathLength?: number } | false;
  readonly usages?: number;
  readonly from?: Date;
  readonly until?: Date;
  readonly hash?: string;
  readonly extensions?: readonly x509.Extension[];
}

/** A certificate and the private key it speaks of. */
export interface Certified {
  readonly certificate: x509.X509Certificate;
  readonly key: KeyObject;
  /** As `x5c` writes it. */
  readonly text: string;
}

const subtle = webcrypto.subtle as unknown as SubtleCrypto;
const privateKeyOf = (key: KeyObject, hash: string) =>
  subtle.importKey('pkcs8', key.export({ format: 'der', type: 'pkcs8' }), { ...signing, hash } as never, false, ['sign']);
const publicKeyOf = (key: KeyObject) =>
  subtle.importKey('spki', createPublicKey(key).export({ format: 'der', type: 'spki' }), signing, true, ['verify']);

/** Certifies a P-256 key, by itself or by another; the name is a common name. */
export async function certify(
  name: string,
  key: KeyObject,
  by: Certified | undefined,
  { authority = false, usages, from, until, hash = 'SHA-256', extensions = [] }: CertificateOptions = {},
): Promise<Certified> {
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: `4c${randomBytes(8).toString('hex')}`,
    subject: `CN=${name}`,
    issuer: by?.certificate.subject ?? `CN=${name}`,
    notBefore: from ?? new Date(now - day),
    notAfter: until ?? new Date(now + 365 * day),
    signingAlgorithm: { ...signing, hash },
    publicKey: await publicKeyOf(key),
    signingKey: await privateKeyOf(by?.key ?? key, hash),
    extensions: [
      ...(authority ? [new x509.BasicConstraintsExtension(true, authority.pathLength, true)] : []),
      new x509.KeyUsagesExtension(usages ?? (authority ? x509.KeyUsageFlags.keyCertSign : x509.KeyUsageFlags.digitalSignature), true),
      ...extensions,
    ],
  });
  return { certificate, key, text: Buffer.from(certificate.rawData).toString('base64') };
}
