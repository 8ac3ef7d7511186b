import type { FastifyInstance } from 'fastify';
import type { KeyStore } from '../../keys/keys.ts';
import { sha256Base64url } from '../../lib/bytes.ts';
import { addSeconds, type Clock } from '../../lib/clock.ts';
import { Refusal } from '../../oauth/refusal.ts';
import { issuerRoutes } from '../../routes.ts';
import type { StatusLists } from '../../store/status-lists.ts';
import { packStatuses, signStatusListToken } from './status-list-token.ts';

const mediaType = 'application/statuslist+jwt';
const lifetimeSeconds = 86_400;
/** A verifier asks again after a minute: so long a revocation may stay unseen. */
const ttlSeconds = 60;
/** How often the database is asked whether a list has changed. */
const glanceSeconds = 2;
const maximumKept = 1000;

export interface StatusListEndpointOptions {
  readonly issuerName: string;
  readonly identifier: string;
  readonly keys: KeyStore;
  readonly lists: StatusLists;
  readonly clock: Clock;
}

/** The key of the credentials themselves: widespread wallets verify a list by the key of the credential that names it (docs/adr/0040). */
const signedBy = (issuerName: string) => `credential:${issuerName}` as const;

/** A list as it is served: signed when it changed, never for a request (performance L-23). */
interface Served {
  readonly version: number;
  readonly signedAt: Date;
  readonly body: string;
  readonly etag: string;
  readonly keyId: string;
}

interface Kept {
  readonly glancedAt: Date;
  readonly served: Promise<Served | undefined>;
}

/** Reads lists of one issuer; equal questions at one time share an answer. */
function createReader({ issuerName, identifier, keys, lists, clock }: StatusListEndpointOptions) {
  const kept = new Map<string, Kept>();

  async function sign(name: string, version: number, size: number): Promise<Served> {
    const signer = await keys.signer(signedBy(issuerName));
    const packed = packStatuses(size, await lists.changes(identifier, name));
    const [uri, signedAt] = [statusListUri(identifier, name), clock.now()];
    const body = await signStatusListToken({ uri, packed, issuedAt: signedAt, lifetimeSeconds, ttlSeconds, signer });
    return { version, signedAt, body, etag: `"${sha256Base64url(body).slice(0, 22)}"`, keyId: signer.keyId };
  }

  async function look(name: string, last: Served | undefined): Promise<Served | undefined> {
    const list = await lists.find(identifier, name);
    if (!list) return undefined;
    const { keyId } = await keys.signer(signedBy(issuerName));
    // Half of its life is left for caches; a token of a key that was rotated away is made anew.
    const young = last && addSeconds(last.signedAt, lifetimeSeconds / 2) > clock.now() && last.keyId === keyId;
    return young && last.version === list.version ? last : sign(name, list.version, list.size);
  }

  return async (name: string): Promise<Served | undefined> => {
    const before = kept.get(name);
    if (before && addSeconds(before.glancedAt, glanceSeconds) > clock.now()) return before.served;
    const last = await before?.served.catch(() => undefined);
    const again = kept.get(name);
    if (again && again !== before) return again.served;
    const served = look(name, last);
    kept.delete(name);
    kept.set(name, { glancedAt: clock.now(), served });
    if (kept.size > maximumKept) kept.delete(kept.keys().next().value as string);
    // Names that lead nowhere and faults are not remembered.
    const found = await served.catch((fault: unknown) => {
      kept.delete(name);
      throw fault;
    });
    if (!found) kept.delete(name);
    return found;
  };
}

/** The address of a list, as the credentials name it. */
export function statusListUri(identifier: string, name: string): string {
  return `${identifier}${issuerRoutes.statusLists}/${name}`;
}

/** Token Status List §8: open to everybody, with a validator (standards TSL-5). */
export function mountStatusLists(scope: FastifyInstance, base: string, options: StatusListEndpointOptions): void {
  const read = createReader(options);
  scope.get<{ Params: { name: string } }>(`${base}${issuerRoutes.statusLists}/:name`, async (request, reply) => {
    reply.headers({ 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' });
    const accept = request.headers.accept ?? '*/*';
    if (!/\*\/\*|application\/\*|statuslist\+jwt/.test(accept))
      throw new Refusal(406, 'invalid_request', `This list is served as ${mediaType}.`);
    const { name } = request.params;
    const served = /^[\w-]{22}$/.test(name) ? await read(name) : undefined;
    if (!served) throw new Refusal(404, 'not_found', 'There is no such status list.');
    reply.headers({ 'cache-control': `public, max-age=${ttlSeconds}`, etag: served.etag, vary: 'accept' });
    if (request.headers['if-none-match'] === served.etag) return reply.code(304).send();
    return reply.header('content-type', mediaType).send(served.body);
  });
}
