import type { AnySigner, PublicJwk } from '../../keys/keys.ts';
import { base64url, utf8 } from '../../lib/bytes.ts';
import { numericDate } from '../../lib/clock.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { CredentialFormat, Order } from '../format.ts';
import { compileEncoder } from './compiled.ts';
import { sdJwtVcLints } from './lints.ts';
import { readProfile, type SdJwtVcProfile } from './profile.ts';
import { nextSalt } from './salts.ts';

const identifier = 'dc+sd-jwt';
/** Until draft-ietf-oauth-sd-jwt-vc-06; format identifier and `typ` alike. */
const formerly = 'vc+sd-jwt';

/** standards SD-4: only the members that make the key. */
function minimal({ kty, crv, x, y }: PublicJwk): JsonObject {
  return y === undefined ? { kty, crv, x } : { kty, crv, x, y };
}

/** The claims that are never disclosed selectively (SD-JWT VC §3.2.2.2), in a fixed order. */
export function registeredClaims({ vct, integrity }: SdJwtVcProfile, { issuer, issuedAt, expiresAt, holder, status }: Order): JsonObject {
  return {
    iss: issuer,
    iat: numericDate(issuedAt),
    ...(expiresAt ? { exp: numericDate(expiresAt) } : {}),
    vct,
    'vct#integrity': integrity,
    ...(holder ? { cnf: { jwk: minimal(holder.jwk) } } : {}),
    ...(status ? { status: { status_list: { idx: status.index, uri: status.uri } } } : {}),
    _sd_alg: 'sha-256',
  };
}

/** The encoded header, and what it says. */
interface Header {
  readonly text: string;
  readonly header: JsonObject;
}

/** standards SD-1, H-22: the signer's certificate and chain, the anchor left out. */
function protectedHeader({ algorithm, keyId, certificates }: AnySigner, typ: string): Header {
  const x5c = certificates.map((certificate) => Buffer.from(certificate).toString('base64'));
  const text = JSON.stringify({ alg: algorithm, typ, kid: keyId, ...(x5c.length > 0 ? { x5c } : {}) });
  return { text: base64url(text), header: JSON.parse(text) as JsonObject };
}

/** SD-JWT VC in compact form (RFC 9901 §4, draft-ietf-oauth-sd-jwt-vc): issuer-signed part, disclosures, a final tilde, no key binding. */
export const sdJwtVc: CredentialFormat<SdJwtVcProfile> = {
  identifier,
  formerly: [formerly],
  statusLists: ['token_status_list'],
  read: readProfile,
  algorithm: ({ algorithm }) => algorithm,
  claimPath: (_profile, path) => path,
  metadata: ({ vct, algorithm }) => ({ format: identifier, vct, credential_signing_alg_values_supported: [algorithm] }),
  documents: ({ typeMetadataPath, typeMetadata }) => [{ path: typeMetadataPath, mediaType: 'application/json', body: typeMetadata }],
  lints: sdJwtVcLints,
  compile(profile, judge, name = identifier) {
    const encode = compileEncoder(profile);
    // By signer and not by key id: a renewed certificate is another signer of the same key.
    const headers = new WeakMap<AnySigner, Header>();
    return async (order) => {
      const { signer, claims } = order;
      const made = headers.get(signer) ?? protectedHeader(signer, name);
      headers.set(signer, made);
      const { payload, disclosures } = encode(registeredClaims(profile, order), claims, nextSalt);
      // Read back from its own text: what is judged is what is signed (quality Q20).
      judge?.({ profile, name, header: made.header, payload: JSON.parse(payload) as JsonObject, disclosures }, order);
      const input = `${made.text}.${base64url(payload)}`;
      const signature = base64url(await signer.sign(utf8(input)));
      return `${input}.${signature}~${disclosures.map((disclosure) => `${disclosure}~`).join('')}`;
    };
  },
};
