import { numericDate } from '../../lib/clock.ts';
import type { Json, JsonObject } from '../../lib/json.ts';
import type { Order } from '../format.ts';
import { checkSubject, contextsOf, type JwtVcProfile, listName } from './profile.ts';

/** A dateTimeStamp of whole seconds in UTC (VCDM 2.0 §4.9), so that it says the same as a NumericDate. */
export function dateTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** The key that a holder's DID names: did:jwk has one, `#0`; did:key repeats its identifier. */
export function holderKeyId(did: string): string {
  return did.startsWith('did:key:') ? `${did}#${did.slice('did:key:'.length)}` : `${did}#0`;
}

/** Bitstring Status List 1.0 §2.1: one entry for each purpose; a single one stands alone, as readers of VCDM 1.1 know it. */
function entriesOf(profile: JwtVcProfile, { status }: Order): Json | undefined {
  if (!status || profile.status !== 'bitstring_status_list') return undefined;
  const lists = `${status.uri}/${listName(profile)}`;
  const entries = profile.statusPurposes.map((purpose) => ({
    id: `${lists}/${purpose}#${status.index}`,
    type: 'BitstringStatusListEntry',
    statusPurpose: purpose,
    statusListIndex: String(status.index),
    statusListCredential: `${lists}/${purpose}`,
  }));
  return entries.length === 1 ? entries[0] : entries;
}

/** Token Status List §6.2: a claim of the JWT, beside the credential and not in it. */
function claimOf(profile: JwtVcProfile, { status }: Order): JsonObject {
  if (!status || profile.status !== 'token_status_list') return {};
  return { status: { status_list: { idx: status.index, uri: status.uri } } };
}

function credentialOf(profile: JwtVcProfile, order: Order, id: string): JsonObject {
  const { dataModel, types, issuerName } = profile;
  const { issuerDid, issuedAt, expiresAt, holder, claims } = order;
  const [from, until] = dataModel === '2.0' ? ['validFrom', 'validUntil'] : ['issuanceDate', 'expirationDate'];
  const entries = entriesOf(profile, order);
  return {
    '@context': contextsOf(profile, entries !== undefined),
    id,
    type: types,
    issuer: issuerName === undefined ? issuerDid : { id: issuerDid, name: issuerName },
    [from]: dateTime(issuedAt),
    ...(expiresAt ? { [until]: dateTime(expiresAt) } : {}),
    credentialSubject: { ...(holder ? { id: holder.did } : {}), ...claims },
    ...(entries === undefined ? {} : { credentialStatus: entries }),
  };
}

/**
 * The plain path: the data models as they read, one object written out at the end. It is the oracle of the compiled path
 * (design D5) and must give the same bytes.
 */
export function encodePlain(profile: JwtVcProfile, order: Order, id: string): string {
  const { issuerDid, issuedAt, expiresAt, holder, claims } = order;
  checkSubject(order, JSON.stringify(claims));
  const credential = credentialOf(profile, order, id);
  // VC-JOSE-COSE §3.1.1: the credential is the payload, and `cnf` (RFC 7800) names the holder's key.
  if (profile.dataModel === '2.0')
    return JSON.stringify({ ...credential, ...(holder ? { cnf: { kid: holderKeyId(holder.did) } } : {}), ...claimOf(profile, order) });
  // VCDM 1.1 §6.3.1: these claims say what the members of `vc` say; both are written, because readers look at either.
  return JSON.stringify({
    iss: issuerDid,
    ...(holder ? { sub: holder.did } : {}),
    nbf: numericDate(issuedAt),
    ...(expiresAt ? { exp: numericDate(expiresAt) } : {}),
    jti: id,
    vc: credential,
    ...claimOf(profile, order),
  });
}
