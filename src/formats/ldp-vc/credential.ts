import type { Json, JsonObject } from '../../lib/json.ts';
import { ClaimFault, type Order, type StatusReference } from '../format.ts';
import { contextUrls } from './contexts.ts';
import type { LdpVcProfile } from './profile.ts';
import { withoutNull } from './shape.ts';
import { listName } from './suites.ts';

const stamps = new Map<number, string>();

/** An xsd:dateTimeStamp without a fraction, which some verifiers of VCDM 1.1 do not read. Issuers round: the same few come all day. */
export function timeStamp(date: Date): string {
  const time = date.getTime();
  const known = stamps.get(time) ?? `${date.toISOString().slice(0, 19)}Z`;
  if (stamps.size >= 64) stamps.clear();
  stamps.set(time, known);
  return known;
}

/**
 * Bitstring Status List 1.0 §2.1: one list for each purpose; an entry with a name of its own is no blank node. A single entry stands
 * alone, because there are readers of VCDM 1.1 that know no list of them.
 */
function statusOf({ uri, index }: StatusReference, { suite, statusPurposes }: LdpVcProfile): Json {
  const lists = `${uri}/${listName(suite)}`;
  const entries = statusPurposes.map((purpose) => ({
    id: `${lists}/${purpose}#${index}`,
    type: 'BitstringStatusListEntry',
    statusPurpose: purpose,
    statusListIndex: String(index),
    statusListCredential: `${lists}/${purpose}`,
  }));
  return entries.length === 1 ? (entries[0] as JsonObject) : entries;
}

/** The credential before it is secured: VCDM 2.0 §4, or VCDM 1.1 §4. Throws `ClaimFault`. */
export function unsecuredCredential(profile: LdpVcProfile, order: Order, id: string): JsonObject {
  const { dataModel, contexts, types } = profile;
  const { issuerDid, issuedAt, expiresAt, status, holder, claims } = order;
  if (Object.hasOwn(claims, 'id')) throw new ClaimFault('a claim would name the subject');
  // The context of VCDM 1.1 knows no Bitstring Status List.
  const old = dataModel === '1.1';
  const addsContext = status && old && !contexts.includes(contextUrls.status);
  const credential: Record<string, Json> = {
    '@context': addsContext ? [...contexts, contextUrls.status] : contexts,
    id,
    type: types,
    issuer: issuerDid,
    [old ? 'issuanceDate' : 'validFrom']: timeStamp(issuedAt),
  };
  if (expiresAt) credential[old ? 'expirationDate' : 'validUntil'] = timeStamp(expiresAt);
  if (status) credential.credentialStatus = statusOf(status, profile);
  credential.credentialSubject = holder ? { id: holder.did, ...withoutNull(claims) } : { ...withoutNull(claims) };
  return credential;
}
