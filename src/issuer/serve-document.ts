import type { FastifyReply, FastifyRequest } from 'fastify';
import { sha256Base64url, utf8 } from '../lib/bytes.ts';
import type { JsonObject } from '../lib/json.ts';
import { acceptsGzip } from '../lib/media-type.ts';

/** Something anybody may read. */
export interface Document {
  readonly mediaType: string;
  readonly body: Uint8Array;
  /** The same by gzip, made once, for who takes it. */
  readonly compressed?: Uint8Array;
  readonly maximumAgeSeconds: number;
  /** The one language it was reduced to. */
  readonly language?: string;
  /** What of the request decided between several bodies. */
  readonly vary?: string;
}

/** RFC 9110 §13.1.2: a list, compared weakly; a proxy that compressed our answer has made its validator weak. */
function matches(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some((entry) => entry.trim() === '*' || entry.trim().replace(/^W\//, '') === etag);
}

/** Open to everybody and every origin; with a validator, so that a cache may keep it (standards EP-12). */
export function serve(request: FastifyRequest, reply: FastifyReply, document: Document): FastifyReply {
  const { mediaType, maximumAgeSeconds, language, compressed } = document;
  const gzip = compressed !== undefined && acceptsGzip(request.headers['accept-encoding']?.toString());
  const body = gzip ? compressed : document.body;
  const vary = [document.vary, compressed && 'accept-encoding'].filter(Boolean).join(', ');
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
  if (gzip) reply.header('content-encoding', 'gzip');
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
  return reply.header('content-type', mediaType).send(Buffer.from(body));
}

export const json = (value: JsonObject, maximumAgeSeconds = 300): Document => ({
  mediaType: 'application/json',
  body: utf8(JSON.stringify(value)),
  maximumAgeSeconds,
});
