import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import { createDiscloseCryptosuite, createSignCryptosuite, createVerifyCryptosuite } from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import { derive, issue, verifyCredential } from '@digitalbazaar/vc';
import type { JsonObject } from '../../src/lib/json.ts';
import type { documentLoader } from './judge-data-integrity.ts';

type Loader = ReturnType<typeof documentLoader>;

/** @digitalbazaar's holder: shows what pointers lead to. */
export async function deriveByDigitalBazaar(
  credential: JsonObject,
  selectivePointers: readonly string[],
  loader: Loader,
): Promise<JsonObject> {
  const suite = new DataIntegrityProof({ cryptosuite: createDiscloseCryptosuite({ selectivePointers }) });
  return derive({ verifiableCredential: structuredClone(credential), suite, documentLoader: loader });
}

/** @digitalbazaar's verifier of what was shown. Throws when it is not good. */
export async function verifyByDigitalBazaar(credential: JsonObject, loader: Loader): Promise<void> {
  const suite = new DataIntegrityProof({ cryptosuite: createVerifyCryptosuite() });
  const options = { credential: structuredClone(credential), suite, documentLoader: loader, checkStatus: async () => ({ verified: true }) };
  const { verified, error } = await verifyCredential(options);
  if (!verified) throw new Error(`not verified: ${(error?.errors ?? [error]).map((each) => each?.message).join('; ')}`, { cause: error });
}

/** @digitalbazaar's issuer, by a signer of ours. */
export async function issueByDigitalBazaar(
  credential: JsonObject,
  mandatoryPointers: readonly string[],
  signer: { readonly id: string; readonly sign: (options: { readonly data: Uint8Array }) => Promise<Uint8Array> },
  loader: Loader,
): Promise<JsonObject> {
  const cryptosuite = createSignCryptosuite({ mandatoryPointers });
  const suite = new DataIntegrityProof({ cryptosuite, signer: { ...signer, algorithm: 'P-256' } });
  return issue({ credential: structuredClone(credential), suite, documentLoader: loader });
}
