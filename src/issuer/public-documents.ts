import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sha256Base64url, utf8 } from '../lib/bytes.ts';
import type { JsonObject } from '../lib/json.ts';
import { StartFault } from '../lib/start-fault.ts';
import { issuerRoutes, wellKnownPath } from '../routes.ts';
import type { CredentialType } from './credential-type.ts';
import { type KeyDocumentOptions, keyDocuments } from './key-documents.ts';
import { chooseLanguage, inLanguage, issuerMetadata, type LogoAddresses, languagesOf } from './metadata.ts';

export interface PublicDocumentOptions extends KeyDocumentOptions {
  /** Published and retired: what is offered, and what credentials out there still refer to. */
  readonly types: readonly CredentialType[];
}

interface Document {
  readonly mediaType: string;
  readonly body: Uint8Array;
  readonly maximumAgeSeconds: number;
  /** The one language it was reduced to. */
  readonly language?: string;
  /** What of the request decided between several bodies. */
  readonly vary?: string;
}

const imageTypes: Readonly<Record<string, string>> = {
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
};

/** RFC 9110 §13.1.2: a list, compared weakly; a proxy that compressed our answer has made its validator weak. */
function matches(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some((entry) => entry.trim() === '*' || entry.trim().replace(/^W\//, '') === etag);
}

/** Open to everybody and every origin; with a validator, so that a cache may keep it (standards EP-12). */
function serve(request: FastifyRequest, reply: FastifyReply, document: Document): FastifyReply {
  const { mediaType, body, maximumAgeSeconds, language, vary } = document;
  const etag = `"${sha256Base64url(body).slice(0, 22)}"`;
  reply.headers({
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': `public, max-age=${maximumAgeSeconds}`,
    etag,
  });
  if (mediaType.startsWith('image/svg')) reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox");
  if (vary) reply.header('vary', vary);
  if (language) reply.header('content-language', language);
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
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
    const path = `/logos/${sha256Base64url(body).slice(0, 16)}${extension}`;
    addresses.set(logo.file, config.identifier + path);
    documents.set(path, { mediaType, body, maximumAgeSeconds: 31_536_000 });
  }
  return { addresses, documents };
}

/** Everything of a Credential Issuer that anybody may read. */
export async function mountPublicDocuments(scope: FastifyInstance, options: PublicDocumentOptions): Promise<void> {
  const { config, types } = options;
  const identifier = new URL(config.identifier);
  const base = identifier.pathname.replace(/\/$/, '');
  const { addresses, documents } = await readLogos(options);
  const metadata = issuerMetadata(
    config,
    types.filter(({ state }) => state === 'published'),
    addresses,
  );
  const languages = languagesOf(config);
  const answerMetadata = async (request: FastifyRequest, reply: FastifyReply) => {
    const language = chooseLanguage(request.headers['accept-language'], languages);
    const document = { ...json(language ? inLanguage(metadata, language) : metadata), vary: 'accept-language' };
    return serve(request, reply, language ? { ...document, language } : document);
  };
  scope.get(wellKnownPath('openid-credential-issuer', identifier), answerMetadata);
  if (base !== '') scope.get(`${base}/.well-known/openid-credential-issuer`, answerMetadata);
  scope.get(wellKnownPath('jwt-vc-issuer', identifier), async (request, reply) =>
    serve(request, reply, json({ issuer: config.identifier, jwks_uri: config.identifier + issuerRoutes.jwks })),
  );
  for (const { path, mediaType, maximumAgeSeconds, read } of keyDocuments(options))
    scope.get(base + path, async (request, reply) => serve(request, reply, { mediaType, body: await read(), maximumAgeSeconds }));
  for (const [path, document] of documents) scope.get(base + path, async (request, reply) => serve(request, reply, document));
  for (const { path, mediaType, body } of types.flatMap((type) => type.documents))
    scope.get(base + path, async (request, reply) => serve(request, reply, { mediaType, body, maximumAgeSeconds: 86_400 }));
}
