import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256Base64url } from '../bytes.ts';

/** One file of the look, ready to serve. */
export interface Asset {
  readonly body: Buffer;
  readonly mediaType: string;
  readonly etag: string;
}

const mediaTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

function readAssets(): ReadonlyMap<string, Asset> {
  const folder = fileURLToPath(new URL('./files/', import.meta.url));
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => mediaTypes[extname(name)]);
  return new Map(
    names.map((name) => {
      const body = readFileSync(join(folder, name));
      return [
        name.replaceAll('\\', '/'),
        { body, mediaType: mediaTypes[extname(name)] ?? '', etag: `"${sha256Base64url(body).slice(0, 22)}"` },
      ];
    }),
  );
}

/** Stylesheets, fonts, art and seal by their relative path, read once. */
export const lookAssets: ReadonlyMap<string, Asset> = readAssets();

interface Replying {
  code(status: number): Replying;
  headers(values: Record<string, string>): Replying;
  send(body?: unknown): unknown;
}

interface Serving {
  get(
    path: string,
    handler: (request: { readonly params: unknown; readonly headers: Readonly<Record<string, unknown>> }, reply: Replying) => unknown,
  ): unknown;
}

/** Serves the look below a prefix of a service's own: no page asks another origin for anything (quality R64). */
export function mountLook(scope: Serving, prefix: string): void {
  scope.get(`${prefix}/*`, async (request, reply) => {
    const asset = lookAssets.get((request.params as { '*': string })['*']);
    if (!asset) return reply.code(404).headers({ 'content-type': 'text/plain' }).send('Nothing lives at this address.');
    reply.headers({ 'content-type': asset.mediaType, 'cache-control': 'public, max-age=3600', etag: asset.etag });
    return request.headers['if-none-match'] === asset.etag ? reply.code(304).send() : reply.send(asset.body);
  });
}
