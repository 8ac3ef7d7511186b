import { createHash, createPublicKey } from 'node:crypto';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { compactVerify } from 'jose';
import { sdJwtVc } from '../../src/formats/sd-jwt-vc/sd-jwt-vc.ts';
import { claims, floorOfJwt, issuer, keyOf, orderFor, rules } from './card.ts';
import type { Maker } from './maker.ts';

export async function createMaker(): Promise<Maker> {
  const profile = sdJwtVc.read({ vct: 'card', decoys: 0 }, { issuer, version: 1, rules: rules('selective'), display: [] });
  const issue = sdJwtVc.compile(profile);
  const order = await orderFor('ES256');
  const make = async () => String(await issue(order));
  const judge = new SDJwtVcInstance({
    hasher: (data, algorithm) =>
      createHash(algorithm.replace('-', ''))
        .update(typeof data === 'string' ? data : Buffer.from(data))
        .digest(),
    hashAlg: 'sha-256',
    verifier: async (data, signature) => {
      await compactVerify(`${data}.${signature}`, createPublicKey(keyOf('ES256')));
      return true;
    },
  });
  return {
    make,
    floor: floorOfJwt(await make()),
    judge: async (credential) => {
      const { payload } = await judge.verify(String(credential));
      for (const [name, value] of Object.entries(claims))
        if ((payload as Record<string, unknown>)[name] !== value) throw new Error(`@sd-jwt/sd-jwt-vc: ${name} is not what it was`);
    },
  };
}
