import type { PublicJwk } from '../keys/keys.ts';
import type { JsonObject } from '../lib/json.ts';

/** Why a presentation proves nothing; for the log. */
export class PresentationFault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'PresentationFault';
  }
}

export interface PresentationExpectation {
  /** Whom it must be made for. */
  readonly domain: string;
  /** Cryptosuites that are taken; some of the verifier's. */
  readonly suites: readonly string[];
  readonly now: Date;
}

/** A key that a presentation was signed with, and the DID that names it. */
export interface ProvenPresentation {
  readonly method: 'did:key' | 'did:jwk';
  readonly did: string;
  readonly jwk: PublicJwk;
  /** Not looked at yet. */
  readonly challenge: string;
}

/** Takes presentations as proof that their holder has a key (OpenID4VCI 1.0 appendix F.2); credentials inside are not looked at. */
export interface PresentationVerifier {
  /** Names of the cryptosuites it knows. */
  readonly suites: readonly string[];
  /** Throws `PresentationFault`. */
  verify(presentation: JsonObject, expectation: PresentationExpectation): Promise<ProvenPresentation>;
}
