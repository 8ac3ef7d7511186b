import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IssuerConfig } from '../config-schema.ts';
import type { KeyStore } from '../keys/keys.ts';
import { base64url, sha256, utf8 } from '../lib/bytes.ts';
import type { JsonObject } from '../lib/json.ts';
import { StartFault } from '../lib/start-fault.ts';
import { issuerRoutes, wellKnownPath } from '../routes.ts';
import type { CredentialType } from './credential-type.ts';
import { chooseLanguage, inLanguage, issuerMetadata, type LogoAddresses, languagesOf } from './metadata.ts';

export interface PublicDocumentOptions {
  readonly config: IssuerConfig;
  readonly types: readonly CredentialType[];
  readonly keys: KeyStore;
}

interface Document {
  readonly mediaType: string;
  readonly body: Uint8Array;
  readonly maximumAgeSeconds: number;
  readonly language?: string;
}

const imageTypes: Readonly<Record<string, string>> = {
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
};

/** Open to everybody and every origin; with a validator, so that a cache may keep it (standards EP-12). */
function serve(request: FastifyRequest, reply: FastifyReply, { mediaType, body, maximumAgeSeconds, language }: Document): FastifyReply {
  const etag = `"${base64url(sha256(body)).slice(0, 22)}"`;
  reply.headers({
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': `public, max-age=${maximumAgeSeconds}`,
    etag,
  });
  if (mediaType.startsWith('image/svg')) reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox");
  if (language) reply.headers({ 'content-language': language, vary: 'accept-language' });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  return reply.header('content-type', mediaType).send(Buffer.from(body));
}

const json = (value: JsonObject, maximumAgeSeconds = 300): Document => ({
  mediaType: 'application/json',
  body: utf8(JSON.stringify(value)),
  maximumAgeSeconds,
});

async function readLogos({
  config,
}: PublicDocumentOptions): Promise<{ readonly addresses: LogoAddresses; readonly documents: ReadonlyMap<string, Document> }> {
  const addresses = new Map<string, string>();
  const documents = new Map<string, Document>();
  for (const { logo } of config.display) {
    if (!logo || addresses.has(logo.file)) continue;
    const extension = extname(logo.file).toLowerCase();
    const mediaType = imageTypes[extension];
    const body = await readFile(logo.file).catch((cause: unknown) =>
      Promise.reject(
        new StartFault(`The logo ${logo.file} of the issuer ${config.name} cannot be read. Correct the configuration file.`, cause),
      ),
    );
    if (!mediaType) throw new StartFault(`The logo ${logo.file} is none of ${Object.keys(imageTypes).join(', ')}.`);
    const path = `/logos/${base64url(sha256(body)).slice(0, 16)}${extension}`;
    addresses.set(logo.file, config.identifier + path);
    documents.set(path, { mediaType, body, maximumAgeSeconds: 31_536_000 });
  }
  return { addresses, documents };
}

/** did:web §3: the domain with its port escaped, then the path with colons. */
export function didWebOf(identifier: string): string {
  const { host, pathname } = new URL(identifier);
  return ['did:web', encodeURIComponent(host), ...pathname.split('/').filter(Boolean).map(encodeURIComponent)].join(':');
}

async function didDocument({ config, keys }: PublicDocumentOptions): Promise<JsonObject> {
  const id = didWebOf(config.identifier);
  const published = await keys.published(`credential:${config.name}`);
  const methods = published.map(({ kty, crv, x, y, kid = '' }) => ({
    id: `${id}#${kid}`,
    type: 'JsonWebKey',
    controller: id,
    publicKeyJwk: y === undefined ? { kty, crv, x } : { kty, crv, x, y },
  }));
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/jwk/v1'],
    id,
    verificationMethod: methods,
    assertionMethod: methods.map((method) => method.id),
  };
}

async function keySet({ config, keys }: PublicDocumentOptions): Promise<JsonObject> {
  const credential = await keys.published(`credential:${config.name}`);
  const reference = await keys.published(`registry-reference:${config.name}`);
  return { keys: [...credential, ...reference].map((key) => ({ ...key })) };
}

/** Everything of a Credential Issuer that anybody may read. */
export async function mountPublicDocuments(scope: FastifyInstance, options: PublicDocumentOptions): Promise<void> {
  const { config, types, keys } = options;
  const identifier = new URL(config.identifier);
  const base = identifier.pathname.replace(/\/$/, '');
  const { addresses, documents } = await readLogos(options);
  const metadata = issuerMetadata(config, types, addresses);
  const languages = languagesOf(config);
  const answerMetadata = async (request: FastifyRequest, reply: FastifyReply) => {
    const language = chooseLanguage(request.headers['accept-language'], languages);
    return serve(request, reply, language ? { ...json(inLanguage(metadata, language)), language } : { ...json(metadata) });
  };
  scope.get(wellKnownPath('openid-credential-issuer', identifier), answerMetadata);
  if (base !== '') scope.get(`${base}/.well-known/openid-credential-issuer`, answerMetadata);
  scope.get(wellKnownPath('jwt-vc-issuer', identifier), async (request, reply) =>
    serve(request, reply, json({ issuer: config.identifier, jwks_uri: config.identifier + issuerRoutes.jwks })),
  );
  // Short-lived, so that a new key is seen before it signs.
  scope.get(base + issuerRoutes.jwks, async (request, reply) => serve(request, reply, json(await keySet(options), 30)));
  scope.get(base + issuerRoutes.didDocument, async (request, reply) => serve(request, reply, json(await didDocument(options), 30)));
  scope.get(base + issuerRoutes.trustAnchor, async (request, reply) =>
    serve(request, reply, { mediaType: 'application/pkix-cert', body: await keys.trustAnchor(config.name), maximumAgeSeconds: 3600 }),
  );
  scope.get(base + issuerRoutes.revocationList, async (request, reply) =>
    serve(request, reply, { mediaType: 'application/pkix-crl', body: await keys.revocationList(config.name), maximumAgeSeconds: 3600 }),
  );
  for (const [path, document] of documents) scope.get(base + path, async (request, reply) => serve(request, reply, document));
  for (const { path, mediaType, body } of types.flatMap((type) => type.documents))
    scope.get(base + path, async (request, reply) => serve(request, reply, { mediaType, body, maximumAgeSeconds: 86_400 }));
}
