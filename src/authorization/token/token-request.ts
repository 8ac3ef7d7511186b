import type { IncomingMessage } from 'node:http';
import { Refusal } from '../../oauth/refusal.ts';

const maximumBytes = 56 * 1024;
const maximumParameters = 64;

/** The parameters of a token request by name. */
export type TokenForm = ReadonlyMap<string, string>;

/** The body of a request, bounded; nobody has read it before. */
export async function readBody(raw: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of raw as AsyncIterable<Buffer>) {
    length += chunk.byteLength;
    if (length > maximumBytes) throw new Refusal(413, 'invalid_request', 'The request body is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** RFC 6749 §3.2: parameters are sent once; those without a value count as left out. */
export function readTokenForm(body: Buffer): TokenForm {
  const form = new Map<string, string>();
  const entries = [...new URLSearchParams(body.toString('utf8'))];
  if (entries.length > maximumParameters) throw new Refusal(400, 'invalid_request', 'The request has too many parameters.');
  for (const [name, value] of entries) {
    if (form.has(name)) throw new Refusal(400, 'invalid_request', 'A parameter is there twice.');
    form.set(name, value);
  }
  for (const [name, value] of form) if (value === '') form.delete(name);
  return form;
}
