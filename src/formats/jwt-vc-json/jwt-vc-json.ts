import type { AnySigner } from '../../keys/keys.ts';
import { base64url } from '../../lib/bytes.ts';
import type { JsonObject } from '../../lib/json.ts';
import { randomUrnUuid } from '../../lib/uuid.ts';
import type { CredentialFormat, Order } from '../format.ts';
import { compileEncoder } from './compiled.ts';
import { jwtVcJsonLints } from './lints.ts';
import { type DataModel, type JwtVcProfile, listName, readProfile } from './profile.ts';

const identifier = 'jwt_vc_json';

/** VCDM 1.1 §6.3.1; VC-JOSE-COSE §3.1.1. The media types of VCDM 2.0 are not those of a JWT with a claim `vc`. */
const mediaTypes: Readonly<Record<DataModel, { readonly typ: string; readonly cty?: string }>> = {
  '1.1': { typ: 'JWT' },
  '2.0': { typ: 'vc+jwt', cty: 'vc' },
};

interface Header {
  readonly issuerDid: string;
  /** The encoded header and its dot, as text and as the bytes that are signed. */
  readonly text: string;
  readonly bytes: Buffer;
  readonly says: JsonObject;
}

/** The key twice: by its place in the issuer's DID document, and by certificate for those who pin the root (standards JV-1). */
function protectedHeader(dataModel: DataModel, issuerDid: string, { algorithm, keyId, certificates }: AnySigner): Header {
  const x5c = certificates.map((certificate) => Buffer.from(certificate).toString('base64'));
  const header = { alg: algorithm, ...mediaTypes[dataModel], kid: `${issuerDid}#${keyId}`, ...(x5c.length > 0 ? { x5c } : {}) };
  const text = `${base64url(JSON.stringify(header))}.`;
  return { issuerDid, text, bytes: Buffer.from(text, 'latin1'), says: header };
}

/** RFC 7515 §5.1 step 8, put together as bytes: with its chain the header is as long as the payload, and is copied, not encoded again. */
function signingInput({ bytes }: Header, payload: string): Uint8Array {
  const input = Buffer.allocUnsafe(bytes.length + payload.length);
  bytes.copy(input);
  input.write(payload, bytes.length, 'latin1');
  return input;
}

type By = Pick<Order, 'issuerDid' | 'signer'>;

/** Signs texts as compact JWS; the header is made once for a signer. `judge` sees what is about to be signed. */
function createSigning(dataModel: DataModel): (text: string, by: By, judge?: (header: JsonObject) => void) => Promise<string> {
  // By signer and not by key id: a renewed certificate is another signer of the same key.
  const headers = new WeakMap<AnySigner, Header>();
  return async (text, { signer, issuerDid }, judge) => {
    let header = headers.get(signer);
    if (header?.issuerDid !== issuerDid) {
      header = protectedHeader(dataModel, issuerDid, signer);
      headers.set(signer, header);
    }
    judge?.(header.says);
    const payload = base64url(text);
    return `${header.text}${payload}.${base64url(await signer.sign(signingInput(header, payload)))}`;
  };
}

/**
 * W3C credentials as a compact JWS (OpenID4VCI 1.0 appendix A.1.1). The encoding shows all or nothing: a holder cannot keep
 * a claim back, whatever the type says of disclosure.
 */
export const jwtVcJson: CredentialFormat<JwtVcProfile> = {
  identifier,
  statusLists: ['bitstring_status_list', 'token_status_list'],
  read: readProfile,
  algorithm: ({ algorithm }) => algorithm,
  // Appendix C: the path begins at the credential, and the claims of a person stand below its subject.
  claimPath: (_profile, path) => ['credentialSubject', ...path],
  // Appendix A.1.1.2: `@context` belongs to the formats that are read as JSON-LD.
  metadata: ({ types, algorithm }) => ({
    format: identifier,
    credential_definition: { type: types },
    credential_signing_alg_values_supported: [algorithm],
  }),
  documents: () => [],
  // A status list is a credential of VCDM 2.0, also for credentials of 1.1 that point at it.
  listSecuring(profile) {
    const sign = createSigning('2.0');
    return {
      name: listName(profile),
      mediaTypes: ['application/vc+jwt', 'application/jwt'],
      algorithm: profile.algorithm,
      secure: (list, by) => sign(JSON.stringify(list), by),
    };
  },
  lints: jwtVcJsonLints,
  compile(profile, judge) {
    const encode = compileEncoder(profile);
    const sign = createSigning(profile.dataModel);
    return async (order) => {
      const text = encode(order, randomUrnUuid());
      return sign(text, order, (header) => {
        // Read back from its own text: what is judged is what is signed (quality Q20).
        const payload = JSON.parse(text) as JsonObject;
        const credential = (profile.dataModel === '1.1' ? payload.vc : payload) as JsonObject;
        judge?.({ profile, header, payload, credential }, order);
      });
    };
  },
};
