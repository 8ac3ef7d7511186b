import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import { createVerifyCryptosuite as ecdsaJcs } from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import { cryptosuite as ecdsaRdfc } from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import { Ed25519Signature2020 } from '@digitalbazaar/ed25519-signature-2020';
import { createVerifyCryptosuite as eddsaJcs } from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import { cryptosuite as eddsaRdfc } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import { verifyCredential } from '@digitalbazaar/vc';
import { findContext } from '../../src/formats/ldp-vc/contexts.ts';
import type { JsonObject } from '../../src/lib/json.ts';

export const suiteNames = ['eddsa-rdfc-2022', 'ecdsa-rdfc-2019', 'eddsa-jcs-2022', 'ecdsa-jcs-2019', 'Ed25519Signature2020'] as const;
export type SuiteName = (typeof suiteNames)[number];

/** Every suite with every kind of key it is for. */
export const suiteKeys: readonly (readonly [SuiteName, string])[] = [
  ['eddsa-rdfc-2022', 'EdDSA'],
  ['ecdsa-rdfc-2019', 'ES256'],
  ['ecdsa-rdfc-2019', 'ES384'],
  ['eddsa-jcs-2022', 'EdDSA'],
  ['ecdsa-jcs-2019', 'ES256'],
  ['ecdsa-jcs-2019', 'ES384'],
  ['Ed25519Signature2020', 'EdDSA'],
];

/** A suite of @digitalbazaar that verifies. */
export const judges: Readonly<Record<SuiteName, () => unknown>> = {
  'eddsa-rdfc-2022': () => new DataIntegrityProof({ cryptosuite: eddsaRdfc }),
  'ecdsa-rdfc-2019': () => new DataIntegrityProof({ cryptosuite: ecdsaRdfc }),
  'eddsa-jcs-2022': () => new DataIntegrityProof({ cryptosuite: eddsaJcs() }),
  'ecdsa-jcs-2019': () => new DataIntegrityProof({ cryptosuite: ecdsaJcs() }),
  Ed25519Signature2020: () => new Ed25519Signature2020(),
};

const keyContexts: Readonly<Record<string, string>> = {
  Multikey: 'https://w3id.org/security/multikey/v1',
  Ed25519VerificationKey2020: 'https://w3id.org/security/suites/ed25519-2020/v1',
};

/** What a verifier finds at an address: contexts and the issuer's DID document, whole or one key of it; nothing is fetched. */
export function documentLoader(didDocument: JsonObject, contexts: ReadonlyMap<string, JsonObject>) {
  return async (url: string) => {
    const found = (document: object) => ({ contextUrl: null, documentUrl: url, document });
    const context = contexts.get(url) ?? (await findContext(url));
    if (context) return found(context);
    if (url === didDocument.id) return found(didDocument);
    const method = (didDocument.verificationMethod as readonly JsonObject[]).find(({ id }) => id === url);
    // A key on its own has the context of its type, as resolvers of DID URLs give it.
    if (method) return found({ '@context': keyContexts[String(method.type)], ...method });
    throw new Error(`Nothing is known of ${url}.`);
  };
}

/** Verifies a credential by @digitalbazaar/vc and its suites: nothing of ours but the contexts' bytes. Throws when it is not good. */
export async function verifyDataIntegrity(
  credential: JsonObject,
  suite: SuiteName,
  loader: ReturnType<typeof documentLoader>,
): Promise<void> {
  const { verified, error } = await verifyCredential({
    credential,
    suite: judges[suite](),
    documentLoader: loader,
    checkStatus: async () => ({ verified: true }),
  });
  if (!verified) throw new Error(`not verified: ${(error?.errors ?? [error]).map((each) => each?.message).join('; ')}`, { cause: error });
}
