import { createHash, randomBytes } from 'node:crypto';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { sdJwtVc } from '../../src/formats/sd-jwt-vc/sd-jwt-vc.ts';
import { claims, floorOfJwt, issuer, orderFor, rules, signWith } from './card.ts';
import type { Maker } from './maker.ts';
import { holder, signedAt, validUntil } from './mdoc-licence.ts';

const seconds = (date: Date) => date.getTime() / 1000;

export async function createMaker(): Promise<Maker> {
  const instance = new SDJwtVcInstance({
    hasher: (data, algorithm) =>
      createHash(algorithm.replace('-', ''))
        .update(typeof data === 'string' ? data : Buffer.from(data))
        .digest(),
    hashAlg: 'sha-256',
    saltGenerator: (length) => randomBytes(length).toString('base64url'),
    signer: (data) => Buffer.from(signWith('ES256', Buffer.from(data))).toString('base64url'),
    signAlg: 'ES256',
  });
  const payload = { iss: issuer, iat: seconds(signedAt), exp: seconds(validUntil), vct: `${issuer}/types/card`, cnf: { jwk: holder } };
  const profile = sdJwtVc.read({ vct: 'card', decoys: 0 }, { issuer, version: 1, rules: rules('selective'), display: [] });
  const ours = String(await sdJwtVc.compile(profile)(await orderFor('ES256')));
  return {
    make: () => instance.issue({ ...payload, ...claims }, { _sd: Object.keys(claims) as (keyof typeof claims)[] }),
    floor: floorOfJwt(ours),
  };
}
