import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { utf8 } from '../../lib/bytes.ts';
import { chooseMediaType } from '../../lib/media-type.ts';
import { Refusal } from '../../oauth/refusal.ts';
import { issuerRoutes } from '../../routes.ts';
import { serve } from '../serve-document.ts';
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

/** The address of a list, as the credentials name it. */
export function statusListUri(identifier: string, name: string): string {
  return `${identifier}${issuerRoutes.statusLists}/${name}`;
}

const served = { maximumAgeSeconds: ttlSeconds, vary: 'accept' };

/** Token Status List §5: one list in two encodings. */
function tokenRenderings(identifier: string) {
  const orderOf = ({ name, size, changes, signedAt, signer }: ListContent) => ({
    uri: statusListUri(identifier, name),
    packed: packStatuses(size, changes),
    issuedAt: signedAt,
    lifetimeSeconds,
    ttlSeconds,
    signer,
  });
  const jwt: ListRendering = {
    name: 'jwt',
    async write(content) {
      const body = utf8(await signStatusListToken(orderOf(content)));
      return { ...served, mediaType: 'application/statuslist+jwt', body, compressed: gzipSync(body) };
    },
  };
  const cwt: ListRendering = {
    name: 'cwt',
    write: async (content) => ({ ...served, mediaType: 'application/statuslist+cwt', body: await signStatusListCwt(orderOf(content)) }),
  };
  return { 'application/statuslist+jwt': jwt, 'application/statuslist+cwt': cwt } as const;
}

/** Token Status List §8: open to everybody, with a validator (standards TSL-5). */
export function mountStatusLists(scope: FastifyInstance, base: string, options: ServedListsOptions): void {
  const read = createServedLists(options);
  const renderings = tokenRenderings(options.identifier);
  const mediaTypes = Object.keys(renderings) as (keyof typeof renderings)[];
  scope.get<{ Params: { name: string } }>(`${base}${issuerRoutes.statusLists}/:name`, async (request, reply) => {
    reply.headers({ 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' });
    const mediaType = chooseMediaType(request.headers.accept, mediaTypes);
    if (!mediaType) throw new Refusal(406, 'invalid_request', `This list is served as ${mediaTypes.join(' and ')}.`);
    const { name } = request.params;
    const document = /^[\w-]{22}$/.test(name) ? await read(name, renderings[mediaType]) : undefined;
    if (!document) throw new Refusal(404, 'not_found', 'There is no such status list.');
    return serve(request, reply, document);
  });
}
