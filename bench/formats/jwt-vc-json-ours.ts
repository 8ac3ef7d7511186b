import { createPublicKey } from 'node:crypto';
import { verifyCredential } from 'did-jwt-vc';
import { jwtVcJson } from '../../src/formats/jwt-vc-json/jwt-vc-json.ts';
import { claims, floorOfJwt, issuer, issuerDid, keyOf, orderFor, rules } from './card.ts';
import type { Maker } from './maker.ts';

export async function createMaker(): Promise<Maker> {
  const profile = jwtVcJson.read({ types: ['Card'], dataModel: '1.1' }, { issuer, version: 1, rules: rules('always'), display: [] });
  const issue = jwtVcJson.compile(profile);
  const order = await orderFor('ES256');
  const make = async () => String(await issue(order));
  const id = `${issuerDid}#bench`;
  const publicKeyJwk = createPublicKey(keyOf('ES256')).export({ format: 'jwk' });
  const didDocument = {
    id: issuerDid,
    verificationMethod: [{ id, type: 'JsonWebKey2020', controller: issuerDid, publicKeyJwk }],
    assertionMethod: [id],
  };
  const resolve = async () => ({ didDocument, didDocumentMetadata: {}, didResolutionMetadata: {} }) as never;
  return {
    make,
    floor: floorOfJwt(await make()),
    judge: async (credential) => {
      const { verifiableCredential } = await verifyCredential(String(credential), { resolve });
      for (const [name, value] of Object.entries(claims))
        if (verifiableCredential.credentialSubject[name] !== value) throw new Error(`did-jwt-vc: ${name} is not what it was`);
    },
  };
}
