import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import {
  type CredentialDocuments,
  DocumentFault,
  type JudgingTools,
  type KnownContexts,
  type Problem,
  type SuiteChoice,
} from '../credential-documents.ts';
import { ClaimFault } from '../format.ts';
import { type Period, readCredential, readPresentation } from './data-model.ts';
import { JsonLd } from './json-ld.ts';
import { malformed, problem } from './problems.ts';
import { secureOnce } from './securing.ts';
import { deriveSelection } from './selective/derived-proof.ts';
import { PointerFault } from './selective/pointers.ts';
import { ProofValueFault } from './selective/proof-value.ts';
import { type Suite, suites } from './suites.ts';
import { judgeProofs } from './verifying.ts';

const findSuite = ({ suite, algorithm }: SuiteChoice): Suite | undefined =>
  suites.find((entry) => entry.name === suite && (algorithm === undefined || entry.algorithm === algorithm));

/** What our JSON-LD, pointers and proof values say of a document, in the words of the interface. */
function asDocumentFault(fault: unknown): unknown {
  return fault instanceof ClaimFault || fault instanceof PointerFault || fault instanceof ProofValueFault
    ? new DocumentFault(problem('MALFORMED_VALUE_ERROR', fault.message))
    : fault;
}
const inWords = <Value>(work: Promise<Value>): Promise<Value> => work.catch((fault: unknown) => Promise.reject(asDocumentFault(fault)));

function judgePeriod({ from, until }: Period, now: Date): readonly Problem[] {
  const wrong =
    from && from > now ? 'The credential is not valid yet.' : until && until <= now ? 'The credential is no longer valid.' : undefined;
  return wrong === undefined ? [] : [problem('RANGE_ERROR', wrong)];
}

async function judgeStatus({ credentialStatus }: JsonObject, { findStatus }: JudgingTools): Promise<readonly Problem[]> {
  const entries = [credentialStatus ?? []].flat() as readonly Json[];
  const found = await Promise.all(entries.filter(isJsonObject).map(findStatus));
  return found.filter((each) => each !== undefined).map((detail) => problem('STATUS_VERIFICATION_ERROR', detail));
}

async function judgeCredential(credential: JsonObject, tools: JudgingTools): Promise<readonly Problem[]> {
  const { issuer, period } = readCredential(credential);
  const jsonLd = new JsonLd(tools.contexts);
  // A challenge is for who presents, not for who issued.
  const { challenge: _challenge, domain: _domain, ...issued } = tools;
  const proofs = await inWords(
    judgeProofs(credential, { jsonLd, claimed: { purpose: 'assertionMethod', controller: issuer }, tools: issued }),
  );
  return [...proofs, ...judgePeriod(period, tools.now), ...(await judgeStatus(credential, tools))];
}

/** VCDM 2.0 §4.13.3: what a holder says themselves is secured by the proof of the presentation. */
async function judgeInside(credential: JsonObject, saidBy: string | undefined, tools: JudgingTools): Promise<readonly Problem[]> {
  if (credential.proof !== undefined) return judgeCredential(credential, tools);
  const { issuer, period } = readCredential(credential);
  const mine = saidBy !== undefined && issuer === saidBy;
  return [
    ...(mine ? [] : [problem('PROOF_VERIFICATION_ERROR', 'It has no proof, and the holder is not its issuer.')]),
    ...judgePeriod(period, tools.now),
  ];
}

async function judgePresentation(presentation: JsonObject, tools: JudgingTools): Promise<readonly Problem[]> {
  const { holder, credentials } = readPresentation(presentation);
  const jsonLd = new JsonLd(tools.contexts);
  const own = async () => {
    if (presentation.proof === undefined) {
      await jsonLd.dataset(presentation);
      return [];
    }
    return judgeProofs(presentation, { jsonLd, claimed: { purpose: 'authentication', controller: holder }, tools });
  };
  const isSigned = presentation.proof !== undefined;
  const inside = credentials.map(async (credential, index) => {
    const saidBy = isSigned ? holder : undefined;
    const problems = await judgeInside(credential, saidBy, tools);
    return problems.map((each) => ({ ...each, detail: `verifiableCredential/${index}: ${each.detail}` }));
  });
  return (await Promise.all([inWords(own()), ...inside])).flat();
}

/** The context that defines the proof, where the document lacks it. */
function contextFor({ context }: Suite, dataModel: '2.0' | '1.1', contexts: readonly Json[]): string | undefined {
  const needed = context[dataModel];
  return needed === undefined || contexts.includes(needed) ? undefined : needed;
}

/** Whole credentials of VCDM 2.0 and 1.1 with embedded proofs, by the suites of the format. */
export const ldpVcDocuments: CredentialDocuments = {
  findAlgorithm: (choice) => findSuite(choice)?.algorithm,
  issuerOf({ issuer }) {
    const id = isJsonObject(issuer) ? issuer.id : issuer;
    if (id !== undefined && typeof id !== 'string') throw malformed('issuer', 'is no single URL');
    return id;
  },
  async secure(choice, { credential, issuerDid, at, signer, contexts, mandatoryPointers }) {
    const suite = findSuite(choice);
    if (!suite) throw new Error(`There is no suite ${choice.suite}.`);
    if (credential.proof !== undefined) throw malformed('proof', 'is there already');
    if (mandatoryPointers && !suite.selective) throw malformed('mandatoryPointers', `are not for ${suite.name}`);
    const { dataModel } = readCredential(credential);
    const jsonLd = new JsonLd(contexts);
    const missingContext = contextFor(suite, dataModel, credential['@context'] as readonly Json[]);
    const options = { suite, jsonLd, mandatory: mandatoryPointers ?? [], missingContext };
    return inWords(secureOnce(options, credential, { issuerDid, issuedAt: at, signer }));
  },
  derive: (credential: JsonObject, pointers: readonly string[], contexts: KnownContexts) =>
    inWords(
      (async () => {
        readCredential(credential);
        const { proof } = credential;
        const isSelective = isJsonObject(proof) && suites.some(({ name, selective }) => selective && name === proof.cryptosuite);
        if (!isSelective) throw malformed('proof', 'is not of a suite that can be cut');
        return deriveSelection(new JsonLd(contexts), credential, pointers);
      })(),
    ),
  judgeCredential,
  judgePresentation,
};
