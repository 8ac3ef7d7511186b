import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { sha256Base64url } from '../lib/bytes.ts';
import { StartFault } from '../lib/start-fault.ts';
import { issuerRoutes, wellKnownPath } from '../routes.ts';
import type { Dialect } from './dialect.ts';
import { type KeyDocumentOptions, keyDocuments } from './key-documents.ts';
import type { MessageEncryption } from './message-encryption.ts';
import type { LogoAddresses } from './metadata.ts';
import { mountMetadata } from './metadata-endpoint.ts';
import { type Document, json, serve } from './serve-document.ts';
import type { TypeCatalogue } from './types/type-catalogue.ts';

export interface PublicDocumentOptions extends KeyDocumentOptions {
  readonly catalogue: TypeCatalogue;
  readonly encryption: MessageEncryption;
  readonly dialects: readonly Dialect[];
}

const imageTypes: Readonly<Record<string, string>> = {
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
};

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
  const { config, catalogue } = options;
  const identifier = new URL(config.identifier);
  const base = identifier.pathname.replace(/\/$/, '');
  const { addresses, documents } = await readLogos(options);
  mountMetadata(scope, { ...options, logos: addresses });
  scope.get(wellKnownPath('jwt-vc-issuer', identifier), async (request, reply) =>
    serve(request, reply, json({ issuer: config.identifier, jwks_uri: config.identifier + issuerRoutes.jwks })),
  );
  for (const { path, mediaType, maximumAgeSeconds, read } of keyDocuments(options))
    scope.get(base + path, async (request, reply) => serve(request, reply, { mediaType, body: await read(), maximumAgeSeconds }));
  for (const [path, document] of documents) scope.get(base + path, async (request, reply) => serve(request, reply, document));
  // What credentials refer to comes and goes with the types; addresses of our own stand before this one.
  scope.get(`${base}/*`, async (request, reply) => {
    const [path = ''] = request.url.slice(base.length).split('?');
    const document = catalogue.current().documents.get(path);
    if (!document) return reply.callNotFound();
    return serve(request, reply, { mediaType: document.mediaType, body: document.body, maximumAgeSeconds: 86_400 });
  });
}
