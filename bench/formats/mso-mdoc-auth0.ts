import { Document } from '@auth0/mdl';
import type { JWK } from 'jose';
import type { Maker } from './maker.ts';
import { certified, claims, doctype, floorOf, holder, issuerKey, issuerOf, namespace, signedAt, validUntil } from './mdoc-licence.ts';

export async function createMaker(): Promise<Maker> {
  const { certificates } = await certified();
  const key = { ...issuerKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'bench' } as JWK;
  const [certificate = new Uint8Array()] = certificates;
  return {
    make: async () => {
      const document = new Document(doctype)
        .addIssuerNameSpace(namespace, claims)
        .useDigestAlgorithm('SHA-256')
        .addValidityInfo({ signed: signedAt, validUntil })
        .addDeviceKeyInfo({ deviceKey: { ...holder } as JWK });
      return (await document.sign({ issuerPrivateKey: key, issuerCertificate: certificate, alg: 'ES256', kid: 'bench' })).prepare();
    },
    floor: floorOf(await issuerOf(certificates)()),
  };
}
