import { type Cbor, encodeCbor, Tagged } from '../../lib/cbor.ts';
import { addSeconds, numericDate } from '../../lib/clock.ts';
import { type StatusListTokenOrder, statusBits } from './status-list-token.ts';

const mediaType = 'application/statuslist+cwt';
/** RFC 9053 §2, RFC 8812 §2 and §3.2, RFC 8230 §2, by the names JOSE has for them. */
const coseAlgorithms: Readonly<Record<string, number>> = { ES256: -7, EdDSA: -8, ES384: -35, PS256: -37, ES256K: -47, RS256: -257 };
const coseSign1 = 18;

/** The chain without its anchor: one certificate stands alone (RFC 9360 §2). */
function chainOf(certificates: readonly Uint8Array[]): Cbor {
  const [first, ...others] = certificates;
  if (!first) throw new Error('A status list of mdocs needs a certificate.');
  return others.length === 0 ? first : certificates;
}

/**
 * Token Status List §5.2 (standards TSL-4): a COSE_Sign1 with its tag and without the tag of CWT. The chain stands where that of an
 * mdoc does, in the unprotected header: it proves itself.
 */
export async function signStatusListCwt(order: StatusListTokenOrder): Promise<Uint8Array> {
  const { uri, packed, issuedAt, lifetimeSeconds, ttlSeconds, signer } = order;
  const algorithm = coseAlgorithms[signer.algorithm];
  if (algorithm === undefined) throw new Error(`COSE has no ${signer.algorithm}.`);
  const header = encodeCbor(
    new Map<number, Cbor>([
      [1, algorithm],
      [16, mediaType],
    ]),
  );
  const claims = encodeCbor(
    new Map<number, Cbor>([
      [2, uri],
      [6, numericDate(issuedAt)],
      [4, numericDate(addSeconds(issuedAt, lifetimeSeconds))],
      [65534, ttlSeconds],
      [
        65533,
        new Map<string, Cbor>([
          ['bits', statusBits],
          ['lst', packed],
        ]),
      ],
    ]),
  );
  // RFC 9052 §4.4
  const signature = await signer.sign(encodeCbor(['Signature1', header, new Uint8Array(), claims]));
  return encodeCbor(new Tagged(coseSign1, [header, new Map([[33, chainOf(signer.certificates)]]), claims, signature]));
}
