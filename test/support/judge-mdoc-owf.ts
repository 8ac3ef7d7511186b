import { createHash, verify, X509Certificate } from 'node:crypto';
import { CoseKey, Holder, IssuerSigned, type MdocContext, Sign1 } from '@owf/mdoc';

const unused = () => {
  throw new Error('A judge signs nothing.');
};

/** Of the algorithm that @owf/mdoc reads in the protected header. */
const digests: Readonly<Record<string, string>> = { ES256: 'sha256' };

/** node:crypto under @owf/mdoc, which brings no cryptography of its own. */
const context: Pick<MdocContext, 'cose' | 'x509' | 'crypto'> = {
  crypto: {
    random: unused,
    calculateEphemeralMacKey: unused,
    digest: ({ digestAlgorithm, bytes }) => createHash(digestAlgorithm.replace('-', '').toLowerCase()).update(bytes).digest(),
  },
  cose: {
    mac0: { sign: unused, verify: unused },
    sign1: {
      sign: unused,
      verify: ({ key, sign1 }) =>
        verify(
          digests[String(sign1.signatureAlgorithmName)] ?? null,
          sign1.toBeSigned,
          { key: key.jwk as never, format: 'jwk', dsaEncoding: 'ieee-p1363' },
          sign1.signature,
        ),
    },
  },
  x509: {
    getIssuerNameField: ({ certificate, field }) =>
      new X509Certificate(certificate).issuer
        .split('\n')
        .flatMap((line) => (line.startsWith(`${field}=`) ? [line.slice(field.length + 1)] : [])),
    getPublicKey: ({ certificate }) =>
      CoseKey.fromJwk(new X509Certificate(certificate).publicKey.export({ format: 'jwk' }) as Record<string, unknown>),
    verifyCertificateChain: ({ trustedCertificates, x5chain, now = new Date() }) => {
      const [leaf, ...others] = x5chain.map((der) => new X509Certificate(der));
      const root = new X509Certificate(trustedCertificates[0] ?? new Uint8Array());
      if (!leaf || others.length > 0) throw new Error('not one document signer');
      if (!leaf.checkIssued(root) || !leaf.verify(root.publicKey)) throw new Error('not issued by the root');
      if (leaf.validFromDate > now || leaf.validToDate < now) throw new Error('not in force');
    },
    getCertificateData: ({ certificate }) => {
      const read = new X509Certificate(certificate);
      return {
        issuerName: read.issuer,
        subjectName: read.subject,
        serialNumber: read.serialNumber,
        thumbprint: read.fingerprint256,
        notBefore: read.validFromDate,
        notAfter: read.validToDate,
        pem: read.toString(),
      };
    },
  },
};

/** What @owf/mdoc read, and what it found wrong. */
export interface Judgement {
  readonly issuerSigned: IssuerSigned;
  readonly faults: readonly string[];
  readonly passed: number;
}

/** Verifies an `IssuerSigned` by @owf/mdoc: signature, chain, validity and every digest. */
export async function judgeByOwf(credential: string, root: Uint8Array): Promise<Judgement> {
  const faults: string[] = [];
  let passed = 0;
  await Holder.verifyIssuerSigned(
    {
      issuerSigned: credential,
      trustedCertificates: [root],
      verificationCallback: ({ status, check, reason }) => {
        if (status === 'PASSED') passed += 1;
        else faults.push(`${check}: ${reason}`);
      },
    },
    context,
  );
  return { issuerSigned: IssuerSigned.fromEncodedForOid4Vci(credential), faults, passed };
}

/** Verifies a COSE_Sign1 by @owf/mdoc with the key of the first certificate in it; answers the certificates it carries. */
export async function verifySign1ByOwf(bytes: Uint8Array): Promise<readonly Uint8Array[]> {
  const sign1 = Sign1.decode(bytes);
  if (!(await sign1.verifySignature({}, context))) throw new Error('The signature does not fit.');
  return sign1.certificateChain;
}
