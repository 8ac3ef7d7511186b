import { PresentationFault, type ProvenPresentation } from '../../formats/presentation.ts';
import type { JsonObject } from '../../lib/json.ts';
import { JwsFault } from '../../oauth/jws.ts';
import { jwkThumbprint } from '../../oauth/thumbprint.ts';
import type { ProofExpectation, ProvenKeys } from './proof-expectation.ts';

async function verifyEach(
  presentations: readonly JsonObject[],
  { binding, audience, trust, clock }: ProofExpectation,
): Promise<readonly ProvenPresentation[]> {
  const { suites = [] } = binding.proofs.di_vp ?? {};
  const { presentations: verifier } = trust;
  if (!verifier) throw new JwsFault('nobody here reads presentations');
  const expectation = { domain: audience, suites, now: clock.now() };
  return Promise.all(presentations.map((presentation) => verifier.verify(presentation, expectation))).catch((fault: unknown) => {
    throw fault instanceof PresentationFault ? new JwsFault(fault.message) : fault;
  });
}

/** OpenID4VCI 1.0 appendix F.2: presentations, each by a key of its own, over one nonce (standards V-75, X-8). Throws `JwsFault`. */
export async function verifyDiVpProofs(presentations: readonly JsonObject[], expectation: ProofExpectation): Promise<ProvenKeys> {
  const proven = await verifyEach(presentations, expectation);
  const { methods } = expectation.binding;
  if (!proven.every(({ method }) => methods.includes(method))) throw new JwsFault('a DID of a method we do not take');
  if (new Set(proven.map(({ jwk }) => jwkThumbprint(jwk))).size < proven.length) throw new JwsFault('one key in two proofs');
  const [first, ...others] = proven;
  if (!first || others.some(({ challenge }) => challenge !== first.challenge)) throw new JwsFault('several nonces');
  return { holders: proven.map(({ jwk, did }) => ({ jwk, did })), nonce: first.challenge };
}
