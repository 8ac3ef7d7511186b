import { gzipSync } from 'node:zlib';
import { base64url } from '../../lib/bytes.ts';
import { addSeconds } from '../../lib/clock.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { Status, StatusChange } from '../../store/status-lists.ts';

export const statusPurposes = ['revocation', 'suspension'] as const;
/** Bitstring Status List 1.0 §2.2: revocation is final, suspension is not. */
export type StatusPurpose = (typeof statusPurposes)[number];

const bitOf: Readonly<Record<StatusPurpose, Status>> = { revocation: 'invalid', suspension: 'suspended' };

/** Bitstring Status List 1.0 §2.2, §3.3: a bit each, the first one left-most; GZIP; multibase base64url. */
export function encodeBitstring(size: number, changes: readonly StatusChange[], purpose: StatusPurpose): string {
  const bytes = new Uint8Array(size / 8);
  for (const { index, status } of changes) {
    const place = index >> 3;
    if (status === bitOf[purpose]) bytes[place] = (bytes[place] ?? 0) | (0x80 >> (index & 7));
  }
  return `u${base64url(gzipSync(bytes, { level: 9 }))}`;
}

export interface BitstringListOrder {
  /** What the entries of the credentials name as `statusListCredential`. */
  readonly address: string;
  readonly issuerDid: string;
  readonly purpose: StatusPurpose;
  readonly encodedList: string;
  readonly issuedAt: Date;
  readonly lifetimeSeconds: number;
  /** How long a verifier may keep it. */
  readonly ttlSeconds: number;
}

/** VCDM 2.0 §4.9: to the second, as credentials have it. */
const timeStamp = (date: Date) => `${date.toISOString().slice(0, 19)}Z`;

/** Bitstring Status List 1.0 §2.2: a credential about a list, before it is secured. Its `ttl` counts milliseconds. */
export function bitstringListCredential(order: BitstringListOrder): JsonObject {
  const { address, issuerDid, purpose, encodedList, issuedAt, lifetimeSeconds, ttlSeconds } = order;
  return {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    id: address,
    type: ['VerifiableCredential', 'BitstringStatusListCredential'],
    issuer: issuerDid,
    validFrom: timeStamp(issuedAt),
    validUntil: timeStamp(addSeconds(issuedAt, lifetimeSeconds)),
    credentialSubject: {
      id: `${address}#list`,
      type: 'BitstringStatusList',
      statusPurpose: purpose,
      encodedList,
      ttl: ttlSeconds * 1000,
    },
  };
}
