import type { IssuerConfig } from '../config-schema.ts';
import type { KeyStore, VerificationJwk } from '../keys/keys.ts';
import { utf8 } from '../lib/bytes.ts';
import { addSeconds, type Clock } from '../lib/clock.ts';
import type { JsonObject } from '../lib/json.ts';
import { ed25519Key2020Fragment, findMultikey } from '../oauth/multikey.ts';
import { issuerRoutes } from '../routes.ts';
import { credentialKeyOf } from './credential-key.ts';

export interface KeyDocumentOptions {
  readonly config: IssuerConfig;
  readonly keys: KeyStore;
  readonly clock: Clock;
  /** Of the keys that some types have for themselves. */
  readonly keyNames: () => readonly string[];
}

/** A document about keys: made anew when asked, because keys change while we run. */
export interface KeyDocument {
  /** Below the issuer identifier. */
  readonly path: string;
  readonly mediaType: string;
  readonly maximumAgeSeconds: number;
  readonly read: () => Promise<Uint8Array>;
}

/** Short, so that a new key is seen before it signs. */
const keySeconds = 30;
const certificateSeconds = 3600;

/** did:web §3: the domain with its port escaped, then the path with colons. */
export function didWebOf(identifier: string): string {
  const { host, pathname } = new URL(identifier);
  return ['did:web', encodeURIComponent(host), ...pathname.split('/').filter(Boolean).map(encodeURIComponent)].join(':');
}

/**
 * One key under every name its verifiers look for: JOSE's by its key id, Data Integrity's by its multibase (Controlled Identifiers
 * 1.0 §2.2; RSA and secp256k1 have none), and for an Ed25519 key that of Ed25519Signature2020 (standards DI-7, DI-9). One method
 * holds the key in one form only.
 */
function verificationMethods(controller: string, key: VerificationJwk): readonly JsonObject[] {
  const { kid = '', use: _use, alg: _alg, x5c: _x5c, ...publicKeyJwk } = key;
  const publicKeyMultibase = findMultikey(key);
  const named = (fragment: string, type: string) => ({ id: `${controller}#${fragment}`, type, controller });
  return [
    // The older name of JsonWebKey (§2.2.3) with the same members: the one that wallets in the field read.
    { ...named(kid, 'JsonWebKey2020'), publicKeyJwk },
    ...(publicKeyMultibase ? [{ ...named(publicKeyMultibase, 'Multikey'), publicKeyMultibase }] : []),
    ...(publicKeyMultibase && key.kty === 'OKP'
      ? [{ ...named(ed25519Key2020Fragment(kid), 'Ed25519VerificationKey2020'), publicKeyMultibase }]
      : []),
  ];
}

/** Where the keys of an issuer's credentials are found. */
type KeyNaming = Pick<KeyDocumentOptions, 'config' | 'keys' | 'keyNames'>;

/** The key that types share and those that some have for themselves: whoever verifies looks in one place. */
async function credentialKeys({ config, keys, keyNames }: KeyNaming): Promise<readonly VerificationJwk[]> {
  const names = [undefined, ...keyNames()];
  return (await Promise.all(names.map((name) => keys.published(credentialKeyOf(config.name, name))))).flat();
}

/** The key that a verification method of the issuer's DID document names. */
export async function findVerificationKey(options: KeyNaming, method: string): Promise<VerificationJwk | undefined> {
  const id = didWebOf(options.config.identifier);
  if (!method.startsWith(`${id}#`)) return undefined;
  return (await credentialKeys(options)).find((key) => verificationMethods(id, key).some((entry) => entry.id === method));
}

async function didDocument(options: KeyDocumentOptions): Promise<JsonObject> {
  const id = didWebOf(options.config.identifier);
  const published = await credentialKeys(options);
  const methods = published.flatMap((key) => verificationMethods(id, key));
  return {
    '@context': [
      'https://www.w3.org/ns/did/v1',
      'https://w3id.org/security/suites/jws-2020/v1',
      'https://w3id.org/security/multikey/v1',
      'https://w3id.org/security/suites/ed25519-2020/v1',
    ],
    id,
    verificationMethod: methods,
    assertionMethod: methods.map((method) => method.id as string),
  };
}

async function keySet(options: KeyDocumentOptions): Promise<JsonObject> {
  const { config, keys } = options;
  const credential = await credentialKeys(options);
  const reference = await keys.published(`registry-reference:${config.name}`);
  return { keys: [...credential, ...reference].map((key) => ({ ...key })) };
}

/** RFC 7468 §5.1 */
function pem(certificate: Uint8Array): string {
  const lines =
    Buffer.from(certificate)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** Signed once while its copies may be kept, and not per request: anybody may ask. */
function remembered({ clock }: KeyDocumentOptions, make: () => Promise<Uint8Array>): () => Promise<Uint8Array> {
  let kept: { readonly body: Promise<Uint8Array>; readonly until: Date } | undefined;
  return () => {
    const now = clock.now();
    if (kept && kept.until > now) return kept.body;
    const body = make();
    kept = { body, until: addSeconds(now, certificateSeconds) };
    body.catch(() => {
      kept = undefined;
    });
    return body;
  };
}

/** Where verifiers find the keys of one issuer: key set, DID document, root certificate and its revocation list (standards EP-12). */
export function keyDocuments(options: KeyDocumentOptions): readonly KeyDocument[] {
  const { config, keys } = options;
  const anchor = () => keys.trustAnchor(config.name);
  const json = { mediaType: 'application/json', maximumAgeSeconds: keySeconds };
  const certificate = { maximumAgeSeconds: certificateSeconds };
  return [
    { ...json, path: issuerRoutes.jwks, read: async () => utf8(JSON.stringify(await keySet(options))) },
    { ...json, path: issuerRoutes.didDocument, read: async () => utf8(JSON.stringify(await didDocument(options))) },
    { ...certificate, path: issuerRoutes.trustAnchor, mediaType: 'application/pkix-cert', read: anchor },
    {
      ...certificate,
      path: issuerRoutes.trustAnchorPem,
      mediaType: 'application/pem-certificate-chain',
      read: async () => utf8(pem(await anchor())),
    },
    {
      ...certificate,
      path: issuerRoutes.revocationList,
      mediaType: 'application/pkix-crl',
      read: remembered(options, () => keys.revocationList(config.name)),
    },
  ];
}
