import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { Refusal } from '../../oauth/refusal.ts';
import type { HolderBinding } from './holder-binding.ts';

/** What a request proves its keys with, read but not verified yet (OpenID4VCI 1.0 §8.2, appendix F). */
export type RequestProofs =
  | {
      readonly kind: 'jwt' | 'attestation';
      /** Compact JWTs; never empty, and one alone where it is an attestation. */
      readonly tokens: readonly string[];
    }
  | { readonly kind: 'di_vp'; readonly presentations: readonly JsonObject[] };

export const invalidRequest = (description: string, cause?: unknown) =>
  new Refusal(400, 'invalid_credential_request', description, { cause });
const invalidProof = (description: string) => new Refusal(400, 'invalid_proof', description);

/** §12.2.4: more than the advertised batch_size is refused before any signature is checked (quality R26). */
function readEntries(value: Json | undefined, name: string, maximum: number): readonly Json[] {
  if (!Array.isArray(value) || value.length === 0) throw invalidRequest(`proofs.${name} must be a non-empty array.`);
  if (value.length > maximum) throw invalidRequest(`At most ${maximum} ${maximum === 1 ? 'proof is' : 'proofs are'} taken in one request.`);
  return value;
}

function readTokens(value: Json | undefined, name: string, maximum: number): readonly string[] {
  const entries = readEntries(value, name, maximum);
  if (!entries.every((entry): entry is string => typeof entry === 'string')) throw invalidProof('Each proof must be a string.');
  return entries;
}

/**
 * §8.2: exactly one proof type, a non-empty array. Needed where the type binds a key; where it binds none a wallet leaves it out
 * (§12.2.4), and one that sends it counts on a binding that it would not get.
 */
export function readRequestProofs(
  proofs: Json | undefined,
  binding: HolderBinding | undefined,
  maximum: number,
): RequestProofs | undefined {
  if (!binding && proofs === undefined) return undefined;
  if (!binding) throw invalidRequest('This credential is bound to no key; leave proofs out.');
  if (proofs === undefined) throw invalidProof('A proof of the holder key is needed.');
  if (!isJsonObject(proofs) || Object.keys(proofs).length !== 1) throw invalidRequest('proofs must hold exactly one proof type.');
  const [kind = ''] = Object.keys(proofs);
  const taken = Object.keys(binding.proofs) as (keyof HolderBinding['proofs'])[];
  const known = taken.find((name) => name === kind);
  if (!known) throw invalidProof(`The proof type ${taken.join(' or ')} is what this credential takes.`);
  if (known === 'di_vp') {
    const entries = readEntries(proofs.di_vp, known, maximum);
    if (!entries.every(isJsonObject)) throw invalidProof('Each presentation must be an object.');
    return { kind: known, presentations: entries };
  }
  // Appendix F.3: exactly one attestation, however many keys it attests.
  return { kind: known, tokens: readTokens(proofs[known], known, known === 'attestation' ? 1 : maximum) };
}
