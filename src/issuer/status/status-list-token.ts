import { deflateSync } from 'node:zlib';
import type { AnySigner } from '../../keys/keys.ts';
import { base64url } from '../../lib/bytes.ts';
import { addSeconds, numericDate } from '../../lib/clock.ts';
import { signJws } from '../../oauth/jws.ts';
import type { StatusChange } from '../../store/status-lists.ts';

/** Room for valid, invalid and suspended (Token Status List §7.1: 0x00, 0x01, 0x02). */
export const statusBits = 2;
const values: Readonly<Record<StatusChange['status'], number>> = { invalid: 1, suspended: 2 };

/** Token Status List §4.1: statuses packed from the least significant bit of each byte, then ZLIB at its highest level. */
export function packStatuses(size: number, changes: readonly StatusChange[]): Uint8Array {
  const bytes = new Uint8Array((size * statusBits) / 8);
  const perByte = 8 / statusBits;
  for (const { index, status } of changes) {
    const place = Math.floor(index / perByte);
    bytes[place] = (bytes[place] ?? 0) | (values[status] << ((index % perByte) * statusBits));
  }
  return deflateSync(bytes, { level: 9 });
}

export interface StatusListTokenOrder {
  /** The address of the list: `uri` in the credentials. */
  readonly uri: string;
  readonly packed: Uint8Array;
  readonly issuedAt: Date;
  readonly lifetimeSeconds: number;
  /** How long a verifier may keep it. */
  readonly ttlSeconds: number;
  readonly signer: AnySigner;
}

/** Token Status List §5.1, with the certificate chain of HAIP §6.1 (standards TSL-3, H-20). */
export function signStatusListToken(order: StatusListTokenOrder): Promise<string> {
  const { uri, packed, issuedAt, lifetimeSeconds, ttlSeconds, signer } = order;
  const x5c = signer.certificates.map((certificate) => Buffer.from(certificate).toString('base64'));
  const header = { typ: 'statuslist+jwt', kid: signer.keyId, ...(x5c.length > 0 ? { x5c } : {}) };
  return signJws(signer, header, {
    sub: uri,
    iat: numericDate(issuedAt),
    exp: numericDate(addSeconds(issuedAt, lifetimeSeconds)),
    ttl: ttlSeconds,
    status_list: { bits: statusBits, lst: base64url(packed) },
  });
}
