import { readBase64url } from '../../formats/browser/bytes.ts';
import { CredentialFault, type ReadCredential } from '../../formats/browser/credential-reader.ts';
import { findReader } from '../../formats/browser/readers.ts';
import type { HeldDocument } from './document.ts';
import { makeHolderKey, makeProof, publicJwk } from './held-keys.ts';
import { lockOf, type Storage } from './storage.ts';
import { ApiFault, endIssuance, fetchCredential, fetchNonce, type IssuanceDetails, readIssuance } from './wallet-api.ts';

/** Told as the issuance goes on: what is known of it, and how many of its steps are done. */
export interface IssuingProgress {
  readonly details: IssuanceDetails;
  readonly done: number;
}

async function holderKeyOf(storage: Storage, id: string): Promise<CryptoKeyPair> {
  const known = await storage.holderKey(id);
  if (known) return known;
  const pair = await makeHolderKey();
  await storage.keepHolderKey(id, pair);
  return pair;
}

async function freshProof(storage: Storage, details: IssuanceDetails, pair: CryptoKeyPair): Promise<string> {
  const nonce = await fetchNonce(details);
  const { clientId, issuer } = details;
  const proof = await makeProof(pair, { audience: issuer.identifier, clientId, nonce, now: new Date() });
  await storage.keepProof(details.id, { proof });
  return proof;
}

/** Standards WL-5: once more with a fresh nonce when the first was not taken. */
async function requestCredential(storage: Storage, details: IssuanceDetails, pair: CryptoKeyPair, proof: string): Promise<unknown> {
  try {
    return await fetchCredential(details, proof);
  } catch (fault) {
    if (!(fault instanceof ApiFault) || fault.code !== 'invalid_nonce') throw fault;
    return fetchCredential(details, await freshProof(storage, details, pair));
  }
}

/** Standards WL-6: nothing is kept before signature, chain, type and binding are right. */
async function verify(details: IssuanceDetails, credential: unknown, pair: CryptoKeyPair): Promise<ReadCredential> {
  const reader = findReader(details.configuration);
  if (!reader) throw new ApiFault('unsupported');
  const trustAnchor = readBase64url(details.issuer.trustAnchor);
  if (!trustAnchor) throw new CredentialFault('no root certificate');
  return reader.read(credential, {
    issuer: details.issuer.identifier,
    configuration: details.configuration,
    holderKey: await publicJwk(pair),
    trustAnchor,
    now: new Date(),
  });
}

function held(details: IssuanceDetails, credential: unknown, read: ReadCredential): HeldDocument {
  const { id, configuration, configurationId, category, issuer } = details;
  const { format, type, algorithm, claims, groups, issuedAt, validFrom, validUntil } = read;
  return {
    id,
    state: 'offered',
    credential,
    configuration,
    configurationId,
    category,
    office: issuer,
    format,
    type,
    algorithm,
    claims,
    groups,
    issuedAt: issuedAt?.toISOString(),
    validFrom: validFrom?.toISOString(),
    validUntil: validUntil?.toISOString(),
    checkedAt: new Date().toISOString(),
  };
}

async function issue(storage: Storage, id: string, tell: (progress: IssuingProgress) => void): Promise<HeldDocument> {
  const known = await storage.document(id);
  if (known) return known;
  const details = await readIssuance(id);
  tell({ details, done: 1 });
  const pair = await holderKeyOf(storage, id);
  // A reload sends the same proof again, which is the same request for the issuer: one document, however often.
  const proof = (await storage.proof(id))?.proof ?? (await freshProof(storage, details, pair));
  tell({ details, done: 2 });
  const credential = await requestCredential(storage, details, pair, proof);
  tell({ details, done: 3 });
  try {
    const document = held(details, credential, await verify(details, credential, pair));
    await storage.keepDocument(document);
    await storage.forgetProof(id);
    await endIssuance(details);
    tell({ details, done: 5 });
    return document;
  } catch (fault) {
    if (!(fault instanceof CredentialFault)) throw fault;
    await storage.forget(id);
    await endIssuance(details);
    throw fault;
  }
}

/** Keeps a document its owner accepted. Refused before, in another tab or before "back", it has no key any more and is not kept. */
export function keepOffered(storage: Storage, offered: HeldDocument): Promise<HeldDocument> {
  return navigator.locks.request(lockOf(offered.id), async () => {
    if (!(await storage.document(offered.id))) throw new ApiFault('forgotten');
    const kept: HeldDocument = { ...offered, state: 'kept' };
    await storage.keepDocument(kept);
    return kept;
  }) as Promise<HeldDocument>;
}

/** Forgets a document its owner did not want, and its key with it. */
export function refuseOffered(storage: Storage, { id }: HeldDocument): Promise<void> {
  return navigator.locks.request(lockOf(id), () => storage.forget(id)) as Promise<void>;
}

/** Walk steps 7 to 9 in the browser; one tab at a time for each issuance. Resolves with the document, offered or already kept. */
export function issueDocument(storage: Storage, id: string, tell: (progress: IssuingProgress) => void): Promise<HeldDocument> {
  return navigator.locks.request(lockOf(id), () => issue(storage, id, tell)) as Promise<HeldDocument>;
}
