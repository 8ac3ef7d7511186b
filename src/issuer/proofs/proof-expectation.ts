import type { Holder } from '../../formats/format.ts';
import type { Clock } from '../../lib/clock.ts';
import { JwsFault } from '../../oauth/jws.ts';
import type { HolderBinding } from './holder-binding.ts';
import type { ProofTrust } from './proof-trust.ts';

/** What every proof of a request is held against. */
export interface ProofExpectation {
  readonly binding: HolderBinding;
  /** The Credential Issuer identifier. */
  readonly audience: string;
  readonly clientId: string | undefined;
  readonly trust: ProofTrust;
  /** How many credentials one request gets at most: the advertised batch_size, or one. */
  readonly maximum: number;
  readonly clock: Clock;
}

/** Keys that were proven to be in the holder's hands, each another one; never empty. */
export interface ProvenKeys {
  readonly holders: readonly Holder[];
  /** What the proofs hold as nonce, not looked at yet. */
  readonly nonce: string;
}

/** Everything is as it should be but the nonce: a fresh one, and the same again may succeed. */
export class NonceFault extends JwsFault {}
