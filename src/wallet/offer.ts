import { type Egress, EgressFailure } from '../lib/egress.ts';
import { isJsonObject, type Json, type JsonObject } from '../lib/json.ts';
import { JsonFault, parseStrictJson } from '../lib/strict-json.ts';
import { walletFault } from './wallet-fault.ts';

/** An issuer's invitation, read but not believed (OpenID4VCI 1.0 §4.1.1; standards WL-1). */
export interface Offer {
  readonly issuer: string;
  readonly configurationIds: readonly string[];
  readonly issuerState: string | undefined;
  readonly authorizationServer: string | undefined;
}

/** Where an offer is: in the link itself, or at an address. Exactly one of the two (§4.1). */
export type OfferLink = { readonly kind: 'value'; readonly offer: Offer } | { readonly kind: 'reference'; readonly address: URL };

const maximumLength = 16_000;
const maximumConfigurations = 20;

const unreadable = (cause: string) => walletFault('bad_invitation', cause);

function text(value: Json | undefined, name: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '' || value.length > 2048) throw unreadable(`${name} cannot be read`);
  return value;
}

/** §4.1.1: no `grants` leaves the choice to the metadata; the flow we take is `authorization_code`. */
function codeGrant(grants: Json | undefined): JsonObject {
  if (grants === undefined) return {};
  if (!isJsonObject(grants)) throw unreadable('grants is no object');
  const { authorization_code: code } = grants;
  if (code === undefined && Object.keys(grants).length > 0) throw walletFault('unsupported_invitation', 'no authorization_code grant');
  if (code !== undefined && !isJsonObject(code)) throw unreadable('authorization_code is no object');
  return code ?? {};
}

/** Reads a Credential Offer object; unknown members are ignored. Throws `bad_invitation` or `unsupported_invitation`. */
export function readOffer(value: string): Offer {
  let offer: Json;
  try {
    offer = parseStrictJson(value);
  } catch (fault) {
    throw unreadable(fault instanceof JsonFault ? fault.message : 'not JSON');
  }
  if (!isJsonObject(offer)) throw unreadable('not an object');
  const { credential_issuer: issuer, credential_configuration_ids: ids, grants } = offer;
  if (typeof issuer !== 'string' || !URL.canParse(issuer) || !/^https?:$/.test(new URL(issuer).protocol)) throw unreadable('no issuer');
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > maximumConfigurations) throw unreadable('no credential_configuration_ids');
  if (!ids.every((id: Json): id is string => typeof id === 'string' && id !== '') || new Set(ids).size !== ids.length)
    throw unreadable('credential_configuration_ids are no different strings');
  const grant = codeGrant(grants);
  return {
    issuer,
    configurationIds: ids,
    issuerState: text(grant.issuer_state, 'issuer_state'),
    authorizationServer: text(grant.authorization_server, 'authorization_server'),
  };
}

/** §4.1: the two parameters of an offer, of which exactly one must be there. */
export function readOfferParameters(parameters: URLSearchParams): OfferLink {
  const values = parameters.getAll('credential_offer');
  const references = parameters.getAll('credential_offer_uri');
  const [value, reference] = [values[0], references[0]];
  if (values.length + references.length !== 1) throw unreadable('not exactly one of credential_offer and credential_offer_uri');
  if (value !== undefined) return { kind: 'value', offer: readOffer(value) };
  if (!URL.canParse(reference ?? '')) throw unreadable('credential_offer_uri is no address');
  const address = new URL(reference ?? '');
  if (!/^https?:$/.test(address.protocol) || address.username || address.password)
    throw unreadable('credential_offer_uri may not be asked');
  return { kind: 'reference', address };
}

/** What a person pastes: a link of any scheme whose parameters carry an offer, or where to find it. */
export function readInvitation(pasted: unknown): OfferLink {
  if (typeof pasted !== 'string' || pasted.length > maximumLength) throw unreadable('no text');
  const link = pasted.trim();
  if (!URL.canParse(link)) throw unreadable('no address');
  return readOfferParameters(new URL(link).searchParams);
}

/** §4.1.3: the offer behind an address, asked only once its owner has agreed to it (standards WL-1). */
export async function fetchOffer(address: URL, egress: Egress): Promise<Offer> {
  const { status, body } = await egress
    .fetch(address, { headers: { accept: 'application/json' }, maximumBytes: 64 * 1024 })
    .catch((fault: unknown) =>
      Promise.reject(
        fault instanceof EgressFailure && fault.reason === 'network' ? walletFault('unavailable', fault) : unreadable(String(fault)),
      ),
    );
  if (status !== 200) throw unreadable(`the address answered ${status}`);
  return readOffer(Buffer.from(body).toString('utf8'));
}
