import type { KeyStore, PublicJwk } from '../keys/keys.ts';
import { utf8 } from '../lib/bytes.ts';
import { isJsonObject, type Json, type JsonObject } from '../lib/json.ts';
import { type ContentEncryption, contentEncryptions, decryptMessage, encryptMessage, JweFault } from '../oauth/jwe.ts';
import { readPublicJwk } from '../oauth/public-key.ts';
import { Refusal } from '../oauth/refusal.ts';

/** Whether requests and answers travel encrypted (OpenID4VCI 1.0 §10): not at all, where the wallet wishes, or always. */
export type MessageEncryptionPolicy = 'off' | 'optional' | 'required';

/** How the wallet wants its answer: the key it names with `alg`, and the content encryption. */
export interface ResponseEncryption {
  readonly jwk: PublicJwk;
  readonly encryption: ContentEncryption;
}

export interface MessageEncryption {
  /** The members of the metadata (§12.2.4); none when it is off. */
  metadata(): Promise<JsonObject>;
  /** The JSON text of a request body; throws `invalid_encryption_parameters`. */
  open(body: string, mediaType: MessageMediaType): Promise<string>;
  /** What a request says of its answer; only an encrypted request may say it (§8.2). */
  readResponse(body: JsonObject, mediaType: MessageMediaType): ResponseEncryption | undefined;
  seal(answer: string, response: ResponseEncryption): Promise<string>;
}

/** §8.2: JSON in plain, or a JWE. */
export type MessageMediaType = 'application/json' | 'application/jwt';

/** A request of 64 KB at most, which compression may have made of this much (quality R71). */
const maximumInflatedBytes = 256 * 1024;

const refused = (description: string, cause?: unknown) => new Refusal(400, 'invalid_encryption_parameters', description, { cause });

// §8.2 and §10: a key that says its algorithm, one we can agree with; `zip` is not offered.
function readResponseEncryption(value: Json): ResponseEncryption {
  if (!isJsonObject(value)) throw refused('credential_response_encryption must be an object.');
  const { jwk: key, enc, zip } = value;
  if (zip !== undefined) throw refused('Answers are not compressed.');
  const encryption = contentEncryptions.find((known) => known === enc);
  if (!encryption) throw refused('The content encryption enc is none of those offered.');
  const jwk = readPublicJwk(key);
  if (jwk?.kty !== 'EC' || !isJsonObject(key) || key.alg !== 'ECDH-ES' || (key.use !== undefined && key.use !== 'enc'))
    throw refused('The key jwk must be a public EC key with alg ECDH-ES.');
  return { jwk: typeof key.kid === 'string' ? { ...jwk, kid: key.kid } : jwk, encryption };
}

export interface MessageEncryptionOptions {
  readonly issuerName: string;
  readonly policy: MessageEncryptionPolicy;
  readonly keys: KeyStore;
}

export function createMessageEncryption({ issuerName, policy, keys }: MessageEncryptionOptions): MessageEncryption {
  const purpose = `request-encryption:${issuerName}` as const;
  const required = policy === 'required';
  return {
    async metadata() {
      if (policy === 'off') return {};
      const published = await keys.published(purpose);
      const shared = { enc_values_supported: contentEncryptions, encryption_required: required };
      return {
        credential_request_encryption: {
          jwks: { keys: published.map((key) => ({ ...key, alg: 'ECDH-ES', use: 'enc' })) },
          zip_values_supported: ['DEF'],
          ...shared,
        },
        credential_response_encryption: { alg_values_supported: ['ECDH-ES'], ...shared },
      } as JsonObject;
    },
    async open(body, mediaType) {
      if (mediaType === 'application/json') {
        if (required) throw refused('This issuer takes encrypted requests only.');
        return body;
      }
      if (policy === 'off') throw refused('This issuer takes requests in plain JSON.');
      try {
        const rules = { encryptions: contentEncryptions, maximumInflatedBytes };
        return Buffer.from(await decryptMessage(await keys.decrypters(purpose), body, rules)).toString('utf8');
      } catch (fault) {
        throw fault instanceof JweFault ? refused('The request cannot be decrypted with a key of this issuer.', fault.message) : fault;
      }
    },
    readResponse({ credential_response_encryption: wish }, mediaType) {
      if (wish === undefined) {
        if (required) throw refused('This issuer sends encrypted answers only: credential_response_encryption is missing.');
        return undefined;
      }
      if (policy === 'off') throw refused('This issuer does not encrypt its answers.');
      if (mediaType === 'application/json') throw refused('An answer may be asked encrypted only in an encrypted request.');
      return readResponseEncryption(wish);
    },
    seal: (answer, { jwk, encryption }) => encryptMessage(jwk, utf8(answer), { encryption }),
  };
}
