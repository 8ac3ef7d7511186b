import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ListSecuring } from '../../formats/format.ts';
import { utf8 } from '../../lib/bytes.ts';
import { chooseMediaType } from '../../lib/media-type.ts';
import { Refusal } from '../../oauth/refusal.ts';
import { issuerRoutes } from '../../routes.ts';
import { didWebOf } from '../key-documents.ts';
import { serve } from '../serve-document.ts';
import { bitstringListCredential, encodeBitstring, type StatusPurpose, statusPurposes } from './bitstring-status-list.ts';
import type { ListSigner } from './list-signer.ts';
import {
  createServedLists,
  type ListContent,
  type ListRendering,
  lifetimeSeconds,
  type ServedListsOptions,
  ttlSeconds,
} from './served-lists.ts';
import { signStatusListCwt } from './status-list-cwt.ts';
import { packStatuses, signStatusListToken } from './status-list-token.ts';

/** The address of a list, as the credentials name it that have the same signer. */
export function statusListUri(identifier: string, name: string, signer?: ListSigner): string {
  return `${identifier}${issuerRoutes.statusLists}/${name}${signer ? `/${signer.name}` : ''}`;
}

const tokenMediaTypes = ['application/statuslist+jwt', 'application/statuslist+cwt'] as const;
const served = { maximumAgeSeconds: ttlSeconds, vary: 'accept' };

/** Token Status List §5: one list in two encodings. */
function tokenRenderings(identifier: string, listSigner?: ListSigner) {
  const orderOf = ({ name, size, changes, signedAt, signer }: ListContent) => ({
    uri: statusListUri(identifier, name, listSigner),
    packed: packStatuses(size, changes),
    issuedAt: signedAt,
    lifetimeSeconds,
    ttlSeconds,
    signer,
  });
  const by = listSigner && { key: listSigner.key, algorithm: listSigner.algorithm };
  const jwt: ListRendering = {
    ...by,
    name: `${listSigner?.name ?? ''} jwt`,
    async write(content) {
      const body = utf8(await signStatusListToken(orderOf(content)));
      return { ...served, mediaType: 'application/statuslist+jwt', body, compressed: gzipSync(body) };
    },
  };
  const cwt: ListRendering = {
    ...by,
    name: `${listSigner?.name ?? ''} cwt`,
    write: async (content) => ({ ...served, mediaType: 'application/statuslist+cwt', body: await signStatusListCwt(orderOf(content)) }),
  };
  return { 'application/statuslist+jwt': jwt, 'application/statuslist+cwt': cwt } as const;
}

/** Bitstring Status List 1.0: one purpose, secured in one way (docs/adr/0053). */
function bitstringRendering(identifier: string, securing: ListSecuring, purpose: StatusPurpose): ListRendering {
  const issuerDid = didWebOf(identifier);
  return {
    name: `${securing.name}/${purpose}`,
    algorithm: securing.algorithm,
    async write({ name, size, changes, signedAt, signer }) {
      const list = bitstringListCredential({
        address: `${statusListUri(identifier, name)}/${securing.name}/${purpose}`,
        issuerDid,
        purpose,
        encodedList: encodeBitstring(size, changes, purpose),
        issuedAt: signedAt,
        lifetimeSeconds,
        ttlSeconds,
      });
      const secured = await securing.secure(list, { issuerDid, issuedAt: signedAt, signer });
      const body = utf8(typeof secured === 'string' ? secured : JSON.stringify(secured));
      return { ...served, mediaType: securing.mediaTypes[0], body, compressed: gzipSync(body) };
    },
  };
}

export interface StatusListEndpointOptions extends ServedListsOptions {
  /** How lists of that name are secured, when a type of the issuer has such. */
  readonly findSecuring: (name: string) => ListSecuring | undefined;
  /** The key of that name that signs Token Status Lists, when a type has such. */
  readonly findSigner: (name: string) => ListSigner | undefined;
}

const notFound = () => new Refusal(404, 'not_found', 'There is no such status list.');

/** The media type that is wanted of those a list has. */
function choose<MediaType extends string>(accept: string | undefined, mediaTypes: readonly MediaType[]): MediaType {
  const mediaType = chooseMediaType(accept, mediaTypes);
  if (!mediaType) throw new Refusal(406, 'invalid_request', `This list is served as ${mediaTypes.join(' and ')}.`);
  return mediaType;
}

/** Token Status List §8: open to everybody, with a validator (standards TSL-5). */
export function mountStatusLists(scope: FastifyInstance, base: string, options: StatusListEndpointOptions): void {
  const { identifier, findSecuring, findSigner } = options;
  const served = createServedLists(options);
  const read = (name: string, rendering: ListRendering) => (/^[\w-]{22}$/.test(name) ? served(name, rendering) : undefined);
  // Also a refusal is for everybody to read.
  const open = (reply: FastifyReply) =>
    reply.headers({ 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' });
  const path = `${base}${issuerRoutes.statusLists}/:name`;
  const token = async (request: FastifyRequest, reply: FastifyReply) => {
    open(reply);
    const { name, signer } = request.params as { readonly name: string; readonly signer?: string };
    const listSigner = signer === undefined ? undefined : findSigner(signer);
    if (signer !== undefined && !listSigner) throw notFound();
    // Token Status List §8.4 (standards TSL-8)
    if (Object.hasOwn(request.query as object, 'time'))
      throw new Refusal(501, 'invalid_request', 'Lists of the past are not kept; ask without a time.');
    const renderings = tokenRenderings(identifier, listSigner);
    const document = await read(name, renderings[choose(request.headers.accept, tokenMediaTypes)]);
    if (!document) throw notFound();
    return serve(request, reply, document);
  };
  scope.get(path, token);
  scope.get(`${path}/:signer`, token);
  scope.get<{ Params: { name: string; securing: string; purpose: string } }>(`${path}/:securing/:purpose`, async (request, reply) => {
    open(reply);
    const { name, ...params } = request.params;
    const securing = findSecuring(params.securing);
    const purpose = statusPurposes.find((known) => known === params.purpose);
    if (!securing || !purpose) throw notFound();
    const mediaType = choose(request.headers.accept, securing.mediaTypes);
    const document = await read(name, bitstringRendering(identifier, securing, purpose));
    if (!document) throw notFound();
    return serve(request, reply, { ...document, mediaType });
  });
}
