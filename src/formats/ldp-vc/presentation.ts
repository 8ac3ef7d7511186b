import { verify as verifySignature } from 'node:crypto';
import { readBase58 } from '../../lib/base58.ts';
import { digest } from '../../lib/bytes.ts';
import { canonicalJson } from '../../lib/jcs.ts';
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { type HolderKey, readHolderKid } from '../../oauth/holder-key.ts';
import { fitsAlgorithm, importPublicKey } from '../../oauth/public-key.ts';
import { ClaimFault } from '../format.ts';
import { type PresentationExpectation, PresentationFault, type PresentationVerifier } from '../presentation.ts';
import { contextUrls, pinnedUrls } from './contexts.ts';
import { JsonLd } from './json-ld.ts';
import { type Suite, suites } from './suites.ts';

const maximumLength = 16 * 1024;
const toleranceMilliseconds = 60_000;

/** Contexts from disk alone: a presentation brings none of its own. */
const jsonLd = new JsonLd(new Map());
/** Appendix F.2 asks for a `cryptosuite`, so suites older than Data Integrity are none. */
const known = suites.filter(({ proofType, selective }) => proofType === 'DataIntegrityProof' && !selective);

const contextsOf = ({ '@context': contexts }: JsonObject) =>
  (Array.isArray(contexts) ? contexts : [contexts]) as readonly (Json | undefined)[];

/** VCDM 2.0 §4.13, VCDM 1.1 §4.10. */
function checkDocument(presentation: JsonObject): void {
  if (JSON.stringify(presentation).length > maximumLength) throw new PresentationFault('too long');
  const contexts = contextsOf(presentation);
  if (contexts[0] !== contextUrls.credentials2 && contexts[0] !== contextUrls.credentials1)
    throw new PresentationFault('not the context of a presentation');
  if (!contexts.every((context) => typeof context === 'string' && pinnedUrls.includes(context)))
    throw new PresentationFault('a context that is not pinned');
  const { type } = presentation;
  if (type !== 'VerifiablePresentation' && !(Array.isArray(type) && type.includes('VerifiablePresentation')))
    throw new PresentationFault('no presentation');
}

/** xsd:dateTimeStamp: without a zone nobody knows which moment is meant. */
function readTime(value: Json): number {
  const time =
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(value)
      ? Date.parse(value)
      : Number.NaN;
  if (Number.isNaN(time)) throw new PresentationFault('a time that is none');
  return time;
}

/** standards DI-8, V-75: everything a proof says, before anything is computed. */
function checkProof(proof: JsonObject, { domain, suites: taken, now }: PresentationExpectation): void {
  const { type, cryptosuite, proofPurpose, domain: told, created, expires } = proof;
  if (type !== 'DataIntegrityProof' || typeof cryptosuite !== 'string' || !taken.includes(cryptosuite))
    throw new PresentationFault('a suite that is not taken');
  if (proofPurpose !== 'authentication') throw new PresentationFault('another purpose');
  if (told !== domain && !(Array.isArray(told) && told.length === 1 && told[0] === domain)) throw new PresentationFault('another domain');
  if ('previousProof' in proof) throw new PresentationFault('a proof that leans on another');
  if (created !== undefined && readTime(created) > now.getTime() + toleranceMilliseconds) throw new PresentationFault('made in the future');
  if (expires !== undefined && readTime(expires) <= now.getTime()) throw new PresentationFault('expired');
}

/** Appendix F.2: the key is the holder's own. did:key and did:jwk carry their key and allow it every purpose. */
function readKey({ verificationMethod }: JsonObject, { holder }: JsonObject): HolderKey {
  const key = typeof verificationMethod === 'string' && verificationMethod.includes('#') ? readHolderKid(verificationMethod) : undefined;
  if (!key) throw new PresentationFault('a verification method that cannot be resolved');
  const named = isJsonObject(holder) ? holder.id : holder;
  if (holder !== undefined && named !== key.did) throw new PresentationFault('the key of another holder');
  return key;
}

/** Data Integrity EdDSA §3.3.2: under which contexts a jcs proof was made, and that the document begins with them. */
function underContextsOf(proof: JsonObject, document: JsonObject): JsonObject {
  if (proof['@context'] === undefined) return document;
  const own = contextsOf(proof);
  const contexts = contextsOf(document);
  if (!own.every((context, index) => context === contexts[index])) throw new PresentationFault('a proof of other contexts');
  return { ...document, '@context': proof['@context'] };
}

/** Data Integrity EdDSA §3.3.4, ECDSA §3.2.4: the hash of the proof before that of the document. */
async function hashesOf({ canonicalisation, digest: name }: Suite, options: JsonObject, document: JsonObject): Promise<Uint8Array> {
  const [proof, content] =
    canonicalisation === 'jcs'
      ? [canonicalJson(options), canonicalJson(underContextsOf(options, document))]
      : await Promise.all([
          jsonLd.canonical({ ...options, '@context': document['@context'] as Json }, name),
          jsonLd.canonical(document, name),
        ]);
  return Buffer.concat([digest(name, proof), digest(name, content)]);
}

function readProof({ proof: raw }: JsonObject): { readonly options: JsonObject; readonly signature: Uint8Array } {
  const proof = Array.isArray(raw) && raw.length === 1 ? (raw[0] as Json) : raw;
  if (!isJsonObject(proof)) throw new PresentationFault('not exactly one proof');
  const { proofValue, ...options } = proof;
  const signature = typeof proofValue === 'string' && /^z.{1,140}$/.test(proofValue) ? readBase58(proofValue.slice(1)) : undefined;
  if (!signature) throw new PresentationFault('no proofValue');
  return { options, signature };
}

/** Data Integrity presentations under the suites that secure our credentials; nothing is ever fetched. */
export const dataIntegrityPresentations: PresentationVerifier = {
  suites: [...new Set(known.map(({ name }) => name))],
  async verify(presentation, expectation) {
    checkDocument(presentation);
    const { options, signature } = readProof(presentation);
    checkProof(options, expectation);
    const { challenge } = options;
    if (typeof challenge !== 'string') throw new PresentationFault('no challenge');
    const holder = readKey(options, presentation);
    const key = importPublicKey(holder.jwk);
    const suite = known.find(({ name, algorithm }) => name === options.cryptosuite && fitsAlgorithm(key, algorithm));
    if (!suite) throw new PresentationFault('a key that is not of the suite');
    const { proof: _, ...document } = presentation;
    const hashes = await hashesOf(suite, options, document).catch((fault: unknown) => {
      throw fault instanceof ClaimFault ? new PresentationFault(fault.message) : fault;
    });
    const hash = suite.algorithm === 'EdDSA' ? null : suite.digest;
    if (signature.byteLength !== (suite.algorithm === 'ES384' ? 96 : 64)) throw new PresentationFault('a signature of another length');
    if (!verifySignature(hash, hashes, { key, dsaEncoding: 'ieee-p1363' }, signature)) throw new PresentationFault('a wrong signature');
    return { method: holder.method, did: holder.did, jwk: holder.jwk, challenge };
  },
};
