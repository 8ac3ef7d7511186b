import { randomBytes } from 'node:crypto';
import { CoseKey, DateOnly, DeviceKey, Issuer, type MdocContext, SignatureAlgorithm } from '@owf/mdoc';
import { sha256 } from '../../src/lib/bytes.ts';
import type { Maker } from './maker.ts';
import {
  certified,
  claims,
  dates,
  doctype,
  floorOf,
  holder,
  issuerKey,
  issuerOf,
  namespace,
  signBytes,
  signedAt,
  validUntil,
} from './mdoc-licence.ts';

const unused = () => {
  throw new Error('Not needed to issue.');
};

/** The library brings no cryptography; it gets the same calls as we use ourselves. */
const context: Pick<MdocContext, 'cose' | 'crypto'> = {
  crypto: { random: (length) => randomBytes(length), digest: ({ bytes }) => sha256(bytes), calculateEphemeralMacKey: unused },
  cose: { mac0: { sign: unused, verify: unused }, sign1: { sign: ({ toBeSigned }) => signBytes(toBeSigned), verify: unused } },
};

export async function createMaker(): Promise<Maker> {
  const { certificates } = await certified();
  const signingKey = CoseKey.fromJwk(issuerKey.export({ format: 'jwk' }) as Record<string, unknown>);
  const deviceKey = DeviceKey.fromJwk({ ...holder });
  const values = Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [name, dates.includes(name) ? new DateOnly(String(value)) : value]),
  );
  return {
    make: async () => {
      const issued = await new Issuer(doctype, context).addIssuerNamespace(namespace, values).sign({
        signingKey,
        algorithm: SignatureAlgorithm.ES256,
        digestAlgorithm: 'SHA-256',
        validityInfo: { signed: signedAt, validFrom: signedAt, validUntil },
        deviceKeyInfo: { deviceKey: deviceKey as DeviceKey },
        certificates: [...certificates],
      });
      return issued.encodedForOid4Vci;
    },
    floor: floorOf(await issuerOf(certificates)()),
  };
}
