import { createPublicKey, hash, sign } from 'node:crypto';
import jsonld from 'jsonld';
import { canonize as canonicalise } from 'rdf-canonize';
import { ldpVc } from '../../src/formats/ldp-vc/ldp-vc.ts';
import { base58 } from '../../src/lib/base58.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { documentLoader } from '../../test/support/judge-data-integrity.ts';
import { claims, issuer, issuerDid, keyOf, orderFor, rules } from './card.ts';

const terms: JsonObject = Object.fromEntries(
  ['Card', ...Object.keys(claims)].map((name) => [name, `https://issuer.example/terms#${name}`]),
);

/** Our encoder for a card of VCDM 2.0 under eddsa-rdfc-2022, and what a verifier or another encoder must know of it. */
export async function openLdpCard() {
  const type = { issuer, version: 1, rules: rules('always'), display: [] };
  const raw = { dataModel: '2.0', suite: 'eddsa-rdfc-2022', types: ['Card'], contexts: [{ name: 'card', '@context': terms }] };
  const profile = ldpVc.read(raw, type);
  const mapping = Object.fromEntries(Object.keys(claims).map((name) => [name, { $claim: name }]));
  await ldpVc.check?.(profile, { mapping, rules: type.rules });
  const issue = ldpVc.compile(profile);
  const order = await orderFor('EdDSA');
  const own = ldpVc
    .documents(profile)
    .map(({ path, body }) => [issuer + path, JSON.parse(Buffer.from(body).toString()) as JsonObject] as const);
  const { x = '' } = createPublicKey(keyOf('EdDSA')).export({ format: 'jwk' }) as { x?: string };
  const publicKeyMultibase = `z${base58(Buffer.concat([Buffer.from([0xed, 0x01]), Buffer.from(x, 'base64url')]))}`;
  const credential = (await issue(order)) as JsonObject;
  const { verificationMethod: id } = credential['proof'] as { verificationMethod: string };
  const method = { id, type: 'Multikey', controller: issuerDid, publicKeyMultibase };
  const didDocument = { '@context': 'https://www.w3.org/ns/did/v1', id: issuerDid, verificationMethod: [method], assertionMethod: [id] };
  return { make: () => issue(order), credential, loader: documentLoader(didDocument, new Map(own)), id };
}

/** Two digests over the canonical forms and one signature over both; canonicalising itself is not in it (performance F-23). */
export async function floorOfLdp(credential: JsonObject, loader: ReturnType<typeof documentLoader>): Promise<() => void> {
  const { proof, ...document } = credential;
  const { proofValue: _, ...options } = proof as JsonObject;
  const canonize = async (value: object) =>
    canonicalise([...(await jsonld.toRDF(value, { documentLoader: loader } as never))], { algorithm: 'RDFC-1.0' });
  const [quads, proofQuads] = [await canonize(document), await canonize({ '@context': credential['@context'], ...options })];
  return () => {
    sign(null, Buffer.concat([hash('sha256', proofQuads, 'buffer'), hash('sha256', quads, 'buffer')]), keyOf('EdDSA'));
  };
}
