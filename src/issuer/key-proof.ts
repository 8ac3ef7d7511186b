import type { Holder } from '../formats/format.ts';
import { addSeconds } from '../lib/clock.ts';
import { JwsFault } from '../oauth/jws.ts';
import { type NonceMint, readNonce } from '../oauth/nonce.ts';
import { Refusal } from '../oauth/refusal.ts';
import type { Spent } from '../store/ledger.ts';
import type { CredentialType } from './credential-type.ts';
import { verifyAttestationProof } from './proofs/attestation-proof.ts';
import { verifyDiVpProofs } from './proofs/di-vp-proof.ts';
import { verifyJwtProofs } from './proofs/jwt-proof.ts';
import { NonceFault, type ProofExpectation, type ProvenKeys } from './proofs/proof-expectation.ts';
import type { RequestProofs } from './proofs/request-proofs.ts';

/** Whose keys the credentials of a request are for, and the nonce that their proofs spend together. */
export interface ProvenHolderKeys {
  /** A credential for each, in the order of the proofs, each key another one; a single `undefined` where the type binds no key. */
  readonly holders: readonly (Holder | undefined)[];
  readonly nonce: { readonly value: string; readonly expiresAt: Date } | undefined;
}

export interface RequestExpectation extends Omit<ProofExpectation, 'binding'> {
  readonly type: CredentialType;
  readonly nonces: NonceMint;
}

/** standards X-8: one nonce for all copies, spent with them or not at all; a copy for nobody's key has none. */
export const spendingOf = ({ nonce }: ProvenHolderKeys): readonly Spent[] =>
  nonce ? [{ kind: 'c-nonce', key: nonce.value, expiresAt: addSeconds(nonce.expiresAt, 60) }] : [];

const ofNobody: ProvenHolderKeys = { holders: [undefined], nonce: undefined };

const invalidNonce = (cause: string) =>
  new Refusal(400, 'invalid_nonce', 'The nonce is unknown or no longer valid; ask for a fresh one.', { cause });

async function verifyProofs(proofs: RequestProofs, expectation: ProofExpectation): Promise<ProvenKeys> {
  if (proofs.kind === 'jwt') return verifyJwtProofs(proofs.tokens, expectation);
  if (proofs.kind === 'di_vp') return verifyDiVpProofs(proofs.presentations, expectation);
  return verifyAttestationProof(proofs.tokens[0] ?? '', expectation);
}

/**
 * OpenID4VCI 1.0 appendix F.4, for all proofs of one request; one bad proof refuses them all. Throws `invalid_proof`, or
 * `invalid_nonce` when only the nonce is at fault (§8.3.1.2).
 */
export async function verifyKeyProofs(
  proofs: RequestProofs | undefined,
  { type: { binding }, nonces, ...rest }: RequestExpectation,
): Promise<ProvenHolderKeys> {
  if (!binding || !proofs) return ofNobody;
  const { holders, nonce } = await verifyProofs(proofs, { binding, ...rest }).catch((fault: unknown) => {
    if (fault instanceof NonceFault) throw invalidNonce(fault.message);
    throw fault instanceof JwsFault
      ? new Refusal(400, 'invalid_proof', 'The proof of the holder key is not valid.', { cause: fault.message })
      : fault;
  });
  const reading = readNonce(nonces, nonce);
  if (reading.state !== 'valid') throw invalidNonce(reading.state);
  return { holders, nonce: { value: nonce, expiresAt: reading.expiresAt } };
}
