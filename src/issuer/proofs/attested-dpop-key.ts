import type { Clock } from '../../lib/clock.ts';
import { dpopAlgorithms, type ProvenKey } from '../../oauth/dpop.ts';
import { JwsFault } from '../../oauth/jws.ts';
import { Refusal } from '../../oauth/refusal.ts';
import { challenge } from '../../oauth/www-authenticate.ts';
import { verifyKeyAttestation } from './key-attestation.ts';
import type { ProofTrust } from './proof-trust.ts';

function refusal(cause: string): Refusal {
  const error = 'invalid_dpop_proof';
  const description = 'The access token must be bound to a key that its DPoP proof shows to be attested.';
  const header = challenge('DPoP', { error, description, algorithms: dpopAlgorithms });
  return new Refusal(401, error, description, { headers: { 'www-authenticate': header }, cause });
}

/**
 * Some ecosystems want the key of an access token attested as well: a `key_attestation` in the header of the DPoP proof, by an
 * attester of the issuer's, with the very key of the proof among its keys (quality R79). `proven` is `undefined` for a token that is
 * bound to no key. Throws a `Refusal`.
 */
export async function verifyDpopKey(
  proven: ProvenKey | undefined,
  { attesters, attestedDpopKeys }: ProofTrust,
  clock: Clock,
): Promise<void> {
  if (!attestedDpopKeys) return;
  const token = proven?.keyAttestation;
  if (!proven || typeof token !== 'string') throw refusal('no key attestation');
  const expectation = { attesters, algorithms: dpopAlgorithms, demands: {}, clock, mustEnd: true };
  const { keys } = await verifyKeyAttestation(token, expectation).catch((fault: unknown) => {
    throw fault instanceof JwsFault ? refusal(fault.message) : fault;
  });
  if (!keys.some(({ thumbprint }) => thumbprint === proven.thumbprint)) throw refusal('another key than an attested one');
}
