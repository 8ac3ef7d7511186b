import { JwsFault } from '../../oauth/jws.ts';
import { holderOf, verifyKeyAttestation } from './key-attestation.ts';
import type { ProofExpectation, ProvenKeys } from './proof-expectation.ts';

/**
 * OpenID4VCI 1.0 appendix F.3: an attestation alone, fresh by its nonce. A credential for each key, as far as the issuer's
 * batch_size goes (§8.3 lets it issue fewer). Throws `JwsFault`.
 */
export async function verifyAttestationProof(token: string, { binding, trust, clock, maximum }: ProofExpectation): Promise<ProvenKeys> {
  const { algorithms = [], keyAttestation: demands = {} } = binding.proofs.attestation ?? {};
  const { attesters } = trust;
  const { keys, nonce } = await verifyKeyAttestation(token, { attesters, algorithms, demands, clock, mustEnd: false });
  if (nonce === undefined) throw new JwsFault('no nonce');
  return { holders: keys.slice(0, maximum).map(holderOf), nonce };
}
