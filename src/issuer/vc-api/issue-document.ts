import type { IssuerConfig } from '../../config-schema.ts';
import type { CredentialDocuments, KnownContexts, SuiteChoice } from '../../formats/credential-documents.ts';
import type { KeyStore, SigningAlgorithm } from '../../keys/keys.ts';
import { base64url, randomHandle, sha256, utf8 } from '../../lib/bytes.ts';
import { addSeconds, type Clock } from '../../lib/clock.ts';
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { Refusal } from '../../oauth/refusal.ts';
import { issuerRoutes } from '../../routes.ts';
import type { Ledger } from '../../store/ledger.ts';
import type { StatusLists } from '../../store/status-lists.ts';
import { credentialKeyOf } from '../credential-key.ts';
import { sealReply } from '../kept-reply.ts';
import { didWebOf } from '../key-documents.ts';
import { subjectHash } from '../ledger-groups.ts';

/** An issuer that serves the VC API. */
export interface DocumentIssuer {
  readonly config: IssuerConfig;
  readonly choice: SuiteChoice;
  readonly algorithm: SigningAlgorithm;
  readonly documents: CredentialDocuments;
  /** Those of its credential types, by address. */
  readonly contexts: () => KnownContexts;
  readonly keyNames: () => readonly string[];
  readonly keys: KeyStore;
  readonly ledger: Ledger;
  readonly statusLists: StatusLists;
  readonly clock: Clock;
}

export interface DocumentOrder {
  readonly credential: JsonObject;
  readonly mandatoryPointers?: readonly string[];
  /** Whose word it is, for the audit trail. */
  readonly operator: string;
  readonly requestId: string;
}

/** What the ledger calls credentials that no credential type made. */
const madeBy = { type: 'vc-api', version: 1 } as const;
const replySeconds = 60;

const entriesOf = (value: Json | undefined) => [value ?? []].flat().filter(isJsonObject);

/** A place in our own lists belongs to the credential it was leased for: nobody writes one by hand. */
function checkStatus({ credentialStatus }: JsonObject, { identifier }: IssuerConfig): void {
  const own = identifier + issuerRoutes.statusLists;
  if (entriesOf(credentialStatus).some((entry) => JSON.stringify(entry).includes(own)))
    throw new Refusal(400, 'invalid_request', 'credentialStatus names a list of this issuer, whose places are not given away here.');
}

/** Whom the ledger may be asked about: the first subject, or the credential itself. */
function nameOf({ credentialSubject, id }: JsonObject): string {
  const [subject] = entriesOf(credentialSubject);
  return typeof subject?.id === 'string' ? subject.id : typeof id === 'string' ? id : '';
}

/**
 * Signs a credential that somebody else wrote, as this issuer, and records it like any issuance: nothing leaves before the commit
 * (design D7). Throws `DocumentFault` for a credential that is none.
 */
export async function issueDocument(
  issuer: DocumentIssuer,
  { credential, mandatoryPointers, operator, requestId }: DocumentOrder,
): Promise<JsonObject> {
  const { config, choice, algorithm, documents, keys, ledger, clock } = issuer;
  const issuerDid = didWebOf(config.identifier);
  const named = documents.issuerOf(credential);
  if (named !== undefined && named !== issuerDid) throw new Refusal(400, 'invalid_request', `The issuer here is ${issuerDid}.`);
  checkStatus(credential, config);
  const signer = await keys.signer(credentialKeyOf(config.name, undefined), algorithm);
  const secured = await documents.secure(choice, {
    credential: named === undefined ? { ...credential, issuer: issuerDid } : credential,
    issuerDid,
    at: clock.now(),
    signer,
    contexts: issuer.contexts(),
    ...(mandatoryPointers ? { mandatoryPointers } : {}),
  });
  const hash = await subjectHash(keys, { registry: madeBy.type, id: nameOf(credential) });
  // A request of its own each time: what makes a retry safe is the operator's Idempotency-Key.
  const identity = randomHandle();
  const { outcome } = await ledger.commit({
    issuer: config.identifier,
    credentialType: madeBy.type,
    credentialTypeVersion: madeBy.version,
    subjectHash: hash,
    idempotencyKey: sha256(utf8(identity)),
    spends: [],
    entries: [{ credentialId: randomHandle(), digest: sha256(JSON.stringify(secured)) }],
    issuedAt: clock.now(),
    audit: {
      actor: operator,
      action: 'issue',
      object: `${madeBy.type}/${choice.suite}`,
      subject: base64url(hash),
      outcome: 'issued',
      copies: 1,
      request: requestId,
    },
    reply: await sealReply(keys, identity, ''),
    replyExpiresAt: addSeconds(clock.now(), replySeconds),
  });
  if (outcome !== 'committed') throw new Error(`A new request was ${outcome}.`);
  return secured;
}
