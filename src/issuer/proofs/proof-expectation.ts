import type { Holder } from '../../formats/format.ts';
import type { Clock } from '../../lib/clock.ts';
import type { HolderBinding } from './holder-binding.ts';

/** What every proof of a request is held against. */
export interface ProofExpectation {
  readonly binding: HolderBinding;
  /** The Credential Issuer identifier. */
  readonly audience: string;
  readonly clientId: string | undefined;
  readonly clock: Clock;
}

/** Keys that were proven to be in the holder's hands, each another one; never empty. */
export interface ProvenKeys {
  readonly holders: readonly Holder[];
  /** What the proofs hold as nonce, not looked at yet. */
  readonly nonce: string;
}
