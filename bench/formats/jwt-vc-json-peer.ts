import { createVerifiableCredentialJwt } from 'did-jwt-vc';
import { jwtVcJson } from '../../src/formats/jwt-vc-json/jwt-vc-json.ts';
import { claims, floorOfJwt, issuer, issuerDid, orderFor, rules, signWith } from './card.ts';
import type { Maker } from './maker.ts';
import { signedAt, validUntil } from './mdoc-licence.ts';

export async function createMaker(): Promise<Maker> {
  const profile = jwtVcJson.read({ types: ['Card'], dataModel: '1.1' }, { issuer, version: 1, rules: rules('always'), display: [] });
  const ours = String(await jwtVcJson.compile(profile)(await orderFor('ES256')));
  const signer = async (data: string | Uint8Array) => Buffer.from(signWith('ES256', Buffer.from(data))).toString('base64url');
  const credential = {
    sub: 'did:example:holder',
    nbf: signedAt.getTime() / 1000,
    exp: validUntil.getTime() / 1000,
    vc: { '@context': ['https://www.w3.org/2018/credentials/v1'], type: ['VerifiableCredential', 'Card'], credentialSubject: claims },
  };
  return { make: () => createVerifiableCredentialJwt(credential, { did: issuerDid, signer, alg: 'ES256' }), floor: floorOfJwt(ours) };
}
