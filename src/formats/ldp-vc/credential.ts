import { randomBytes } from '../../lib/bytes.ts';
import type { Json, JsonObject } from '../../lib/json.ts';
import { ClaimFault, type Order, type StatusReference } from '../format.ts';
import { contextUrls } from './contexts.ts';
import type { LdpVcProfile } from './profile.ts';
import { withoutNull } from './shape.ts';

/** An xsd:dateTimeStamp without a fraction, which some verifiers of VCDM 1.1 do not read. */
export const timeStamp = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

/** A random urn:uuid (RFC 9562 §5.4): names this copy and nobody (standards LD-3). */
export function randomUrn(): string {
  const bytes = Buffer.from(randomBytes(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * Bitstring Status List 1.0 §2.1: one list for each purpose; an entry with a name of its own is no blank node. A single entry stands
 * alone, because there are readers of VCDM 1.1 that know no list of them.
 */
function statusOf({ uri, index }: StatusReference, purposes: LdpVcProfile['statusPurposes']): Json {
  const entries = purposes.map((purpose) => ({
    id: `${uri}/${purpose}#${index}`,
    type: 'BitstringStatusListEntry',
    statusPurpose: purpose,
    statusListIndex: String(index),
    statusListCredential: `${uri}/${purpose}`,
  }));
  return entries.length === 1 ? (entries[0] as JsonObject) : entries;
}

/** The credential before it is secured: VCDM 2.0 §4, or VCDM 1.1 §4. Throws `ClaimFault`. */
export function unsecuredCredential(profile: LdpVcProfile, order: Order, id: string): JsonObject {
  const { dataModel, contexts, types, statusPurposes } = profile;
  const { issuerDid, issuedAt, expiresAt, status, holder, claims } = order;
  if (Object.hasOwn(claims, 'id')) throw new ClaimFault('a claim would name the subject');
  // The context of VCDM 1.1 knows no Bitstring Status List.
  const ofStatus = status && dataModel === '1.1' && !contexts.includes(contextUrls.status) ? [contextUrls.status] : [];
  const [from, until] = dataModel === '2.0' ? ['validFrom', 'validUntil'] : ['issuanceDate', 'expirationDate'];
  return {
    '@context': [...contexts, ...ofStatus],
    id,
    type: types,
    issuer: issuerDid,
    [from as string]: timeStamp(issuedAt),
    ...(expiresAt ? { [until as string]: timeStamp(expiresAt) } : {}),
    ...(status ? { credentialStatus: statusOf(status, statusPurposes) } : {}),
    credentialSubject: { ...(holder ? { id: holder.did } : {}), ...withoutNull(claims) },
  };
}
