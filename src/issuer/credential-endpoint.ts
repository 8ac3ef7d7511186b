import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { JsonObject } from '../lib/json.ts';
import type { Log } from '../lib/log.ts';
import type { DpopNonces } from '../oauth/dpop.ts';
import type { NonceMint } from '../oauth/nonce.ts';
import { jwkThumbprint } from '../oauth/thumbprint.ts';
import type { Audit } from '../store/audit.ts';
import type { Grant } from './access-token.ts';
import { type AuthorizeOptions, authorizeRequest } from './authorize-request.ts';
import { type Offered, parseCredentialRequest, readCredentialRequest } from './credential-request.ts';
import { type DeferralTools, isComeBackLater, issueOrDefer } from './deferred/issue-or-defer.ts';
import type { Asked, Dialect } from './dialect.ts';
import { type IssuanceTools, identityOf } from './issuance.ts';
import { spendingOf, verifyKeyProofs } from './key-proof.ts';
import type { MessageEncryption, MessageMediaType, ResponseEncryption } from './message-encryption.ts';
import type { ProofTrust } from './proofs/proof-trust.ts';
import { invalidRequest } from './proofs/request-proofs.ts';
import { withRefusalRecorded } from './recorded-refusal.ts';
import { findSubject } from './subject.ts';

export interface CredentialEndpointOptions {
  readonly path: string;
  readonly authorize: AuthorizeOptions;
  readonly issuance: IssuanceTools;
  readonly deferral: DeferralTools;
  /** Asked once for each request, which then stays with the answer. */
  readonly offered: () => Offered;
  readonly cNonces: NonceMint;
  readonly trust: ProofTrust;
  readonly dpopNonces: DpopNonces;
  /** Name of the registry a foreign server's subject is looked up in. */
  readonly registry: string;
  readonly encryption: MessageEncryption;
  /** Older drafts that are spoken here too. */
  readonly dialects: readonly Dialect[];
  readonly audit: Audit;
  readonly log: Log;
}

/** A body as it came. */
export interface Received {
  readonly text: string;
  readonly mediaType: MessageMediaType;
}

/** A retry is the same request only when it wants its answer in the same way (quality Q6). */
const withWish = (canonical: string, wish: ResponseEncryption | undefined) =>
  wish ? JSON.stringify([canonical, wish.jwk.x, wish.jwk.kid ?? '', wish.encryption]) : canonical;

/** What holds for a request whatever its dialect. */
interface Setting {
  readonly grant: Grant;
  readonly wish: ResponseEncryption | undefined;
  readonly requestId: string;
  readonly from: string;
}

/** OpenID4VCI 1.0 §8.2 to §8.3; returns the JSON text of the answer. */
async function serveRequest(
  body: JsonObject,
  offered: Offered,
  { grant, wish, requestId, from }: Setting,
  options: CredentialEndpointOptions,
): Promise<string> {
  const { issuance, deferral, cNonces, registry, audit } = options;
  const { type, proofs, canonical } = readCredentialRequest(body, grant, offered);
  const proven = await verifyKeyProofs(proofs, {
    type,
    audience: issuance.identifier,
    clientId: grant.clientId,
    nonces: cNonces,
    trust: options.trust,
    maximum: offered.batchSize,
    clock: issuance.clock,
  });
  const subject = await findSubject(grant, {
    issuerName: issuance.issuerName,
    identifier: issuance.identifier,
    registry,
    keys: issuance.keys,
  });
  const identity = identityOf(grant.tokenId, withWish(canonical, wish));
  const { holders } = proven;
  const verified = { type, subject, holders, spends: spendingOf(proven), grant, identity, requestId, from };
  const answer = await withRefusalRecorded({ ...issuance, audit }, verified, () =>
    issueOrDefer(deferral, verified, wish && jwkThumbprint(wish.jwk)),
  );
  options.log.write('info', isComeBackLater(answer) ? 'credential-deferred' : 'credential-issued', {
    requestId,
    issuer: issuance.identifier,
    credentialType: type.id,
    count: holders.length,
  });
  return answer;
}

/** OpenID4VCI 1.0 §8, step by step. */
async function answerCredentialRequest(
  request: FastifyRequest,
  options: CredentialEndpointOptions,
): Promise<Received & { readonly status: 200 | 202 }> {
  const { encryption, dialects } = options;
  const grant = await authorizeRequest(request, options.authorize);
  // Without a body no parser runs; the token is judged first all the same.
  const { text, mediaType } = (request.body as Received | undefined) ?? { text: '', mediaType: 'application/json' };
  const body = parseCredentialRequest(await encryption.open(text, mediaType));
  const wish = encryption.readResponse(body, mediaType);
  const offered = options.offered();
  const serve = ({ body: translated, types }: Asked) =>
    serveRequest(translated, { ...offered, types }, { grant, wish, requestId: request.id, from: request.ip }, options);
  const asked = { body, types: offered.types };
  const dialect = dialects.find((known) => known.speaks(body));
  const answer = await (dialect ? dialect.converse({ ...asked, grant }, serve) : serve(asked));
  const status = isComeBackLater(answer) ? 202 : 200;
  return wish
    ? { text: await encryption.seal(answer, wish), mediaType: 'application/jwt', status }
    : { text: answer, mediaType: 'application/json', status };
}

/** §8.2: JSON in plain or inside a JWE; no other media type is a request. */
export function readBodiesAsText(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  for (const mediaType of ['application/json', 'application/jwt'])
    scope.addContentTypeParser(mediaType, { parseAs: 'string' }, (_request, text, done) => done(null, { text, mediaType }));
  scope.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume();
    done(invalidRequest('The media type must be application/json.'));
  });
}

/** Mounts the credential endpoint of one issuer. */
export async function mountCredentialEndpoint(scope: FastifyInstance, options: CredentialEndpointOptions): Promise<void> {
  readBodiesAsText(scope);
  scope.post(options.path, async (request: FastifyRequest, reply: FastifyReply) => {
    const { text, mediaType, status } = await answerCredentialRequest(request, options);
    return reply
      .code(status)
      .headers({ 'content-type': mediaType, 'cache-control': 'no-store', 'dpop-nonce': options.dpopNonces.mint() })
      .send(text);
  });
}
