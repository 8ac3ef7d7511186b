import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { compactVerify } from 'jose';

/** Claims of a credential as an independent verifier sees them, all disclosures opened. */
export type VerifiedClaims = Readonly<Record<string, unknown>>;

async function fetchCertificate(url: URL): Promise<X509Certificate> {
  const answer = await fetch(url);
  if (answer.status !== 200) throw new Error(`${url.href} answered ${answer.status}.`);
  return new X509Certificate(Buffer.from(await answer.arrayBuffer()));
}

/** The leaf of `x5c` when it chains to the pinned root and is in force; the root itself must not ride along (standards H-22). */
export function trustedLeaf(header: { readonly x5c?: readonly string[] }, root: X509Certificate, now = new Date()): X509Certificate {
  const [leaf, ...others] = (header.x5c ?? []).map((text) => new X509Certificate(Buffer.from(text, 'base64')));
  if (!leaf) throw new Error('The credential carries no x5c.');
  if ([leaf, ...others].some(({ fingerprint256 }) => fingerprint256 === root.fingerprint256))
    throw new Error('The trust anchor rides inside x5c.');
  if (!leaf.checkIssued(root) || !leaf.verify(root.publicKey)) throw new Error('The signer certificate was not issued by the pinned root.');
  if (leaf.ca || new Date(leaf.validFrom) > now || new Date(leaf.validTo) < now)
    throw new Error('The signer certificate is a CA or not in force.');
  return leaf;
}

/** Verifies an SD-JWT VC by @sd-jwt/sd-jwt-vc, signature by jose, chain by node's X.509: nothing of ours. */
export async function verifySdJwtVc(credential: string, trustAnchor: URL): Promise<VerifiedClaims> {
  const root = await fetchCertificate(trustAnchor);
  const header = JSON.parse(Buffer.from(credential.split('.')[0] ?? '', 'base64url').toString()) as { x5c?: string[] };
  const leaf = trustedLeaf(header, root);
  const judge = new SDJwtVcInstance({
    hasher: (data, algorithm) =>
      createHash(algorithm.replace('-', ''))
        .update(typeof data === 'string' ? data : Buffer.from(data))
        .digest(),
    hashAlg: 'sha-256',
    saltGenerator: (length) => randomBytes(length).toString('hex'),
    verifier: async (data, signature) => {
      await compactVerify(`${data}.${signature}`, leaf.publicKey);
      return true;
    },
  });
  const { payload } = await judge.verify(credential);
  return payload as VerifiedClaims;
}
