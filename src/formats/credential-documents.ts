import type { AnySigner, SigningAlgorithm, VerificationJwk } from '../keys/keys.ts';
import type { JsonObject } from '../lib/json.ts';

/** One way to secure a whole credential, by the names that settings give it. */
export interface SuiteChoice {
  readonly suite: string;
  /** The first of the suite when it is left out. */
  readonly algorithm?: string;
}

/** Contexts that are known beside the pinned ones, by address. */
export type KnownContexts = ReadonlyMap<string, JsonObject>;

export interface SecuringOrder {
  /** Without a proof; with the issuer it is to have. */
  readonly credential: JsonObject;
  /** The issuer's DID. */
  readonly issuerDid: string;
  readonly at: Date;
  readonly signer: AnySigner;
  readonly contexts: KnownContexts;
  /** JSON Pointers to what every presentation shows, for a suite that can keep the rest back. */
  readonly mandatoryPointers?: readonly string[];
}

export interface JudgingTools {
  readonly now: Date;
  readonly contexts: KnownContexts;
  /** The key that a verification method names; `undefined` for one that is not known. */
  readonly findKey: (verificationMethod: string) => Promise<VerificationJwk | undefined>;
  /** What a status entry of a list that is known here says against the credential; `undefined` when nothing, or not known. */
  readonly findStatus: (entry: JsonObject) => Promise<string | undefined>;
  /** What the proof of a presentation must name (Data Integrity 1.0 §4.4). */
  readonly challenge?: string;
  readonly domain?: string;
}

/** Why something is not verified, as RFC 9457 writes it: the types are those of VCDM 2.0 §7.1 and Data Integrity 1.0 §4.7. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly detail: string;
}

/** A document that is none, or not of the data model: it cannot be judged. The message names the place. */
export class DocumentFault extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'DocumentFault';
    this.problem = problem;
  }
}

/** Whole credentials that were written elsewhere, as the W3C VC API handles them: secured, cut and judged here. */
export interface CredentialDocuments {
  /** The algorithm of a choice; `undefined` for a suite or a key that there is not. */
  findAlgorithm(choice: SuiteChoice): SigningAlgorithm | undefined;
  /** The issuer that an unsecured credential names; `undefined` when it names none. Throws `DocumentFault`. */
  issuerOf(credential: JsonObject): string | undefined;
  /** Throws `DocumentFault` for what is not of the data model, or would be lost. */
  secure(choice: SuiteChoice, order: SecuringOrder): Promise<JsonObject>;
  /** Throws `DocumentFault`. */
  derive(credential: JsonObject, pointers: readonly string[], contexts: KnownContexts): Promise<JsonObject>;
  /** What speaks against a credential: nothing when it is verified. Throws `DocumentFault`. */
  judgeCredential(credential: JsonObject, tools: JudgingTools): Promise<readonly Problem[]>;
  /** The same for a presentation and everything in it; one without a proof is judged by what it holds. Throws `DocumentFault`. */
  judgePresentation(presentation: JsonObject, tools: JudgingTools): Promise<readonly Problem[]>;
}
