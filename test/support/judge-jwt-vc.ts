import { X509Certificate } from 'node:crypto';
import { type VerifiedCredential, verifyCredential } from 'did-jwt-vc';
import { compactVerify } from 'jose';
import { trustedLeaf } from './judge-sd-jwt.ts';

/** did:web §3.2.2, but over http, as issuers on loopback serve it. */
async function readDidDocument(did: string): Promise<object> {
  const [host = '', ...path] = did.slice('did:web:'.length).split(':').map(decodeURIComponent);
  const answer = await fetch(`http://${[host, ...path].join('/')}/did.json`);
  if (answer.status !== 200) throw new Error(`${did} answered ${answer.status}.`);
  return (await answer.json()) as object;
}

/**
 * Verifies a VCDM 1.1 credential: signature and data model by did-jwt-vc with the key in the DID document, signature by jose
 * with the key of the certificate, chain by node's X.509: nothing of ours.
 */
export async function verifyJwtVc(credential: string, trustAnchor: URL): Promise<VerifiedCredential['verifiableCredential']> {
  const root = new X509Certificate(Buffer.from(await (await fetch(trustAnchor)).arrayBuffer()));
  const header = JSON.parse(Buffer.from(credential.split('.')[0] ?? '', 'base64url').toString()) as { x5c?: string[] };
  await compactVerify(credential, trustedLeaf(header, root).publicKey);
  const resolve = async (did: string) =>
    ({ didDocument: await readDidDocument(did), didDocumentMetadata: {}, didResolutionMetadata: {} }) as never;
  return (await verifyCredential(credential, { resolve })).verifiableCredential;
}
