import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../lib/log.ts';
import type { DpopNonces } from '../oauth/dpop.ts';
import type { NonceMint } from '../oauth/nonce.ts';
import { Refusal } from '../oauth/refusal.ts';
import type { AuthorizeOptions } from './authorize-request.ts';
import { authorizeRequest } from './authorize-request.ts';
import { invalidRequest, parseCredentialRequest, readCredentialRequest } from './credential-request.ts';
import type { CredentialType } from './credential-type.ts';
import { type IssuanceTools, identityOf, issueCredential } from './issuance.ts';
import { verifyKeyProof } from './key-proof.ts';
import { findSubject } from './subject.ts';

export interface CredentialEndpointOptions {
  readonly path: string;
  readonly authorize: AuthorizeOptions;
  readonly issuance: IssuanceTools;
  readonly types: readonly CredentialType[];
  readonly cNonces: NonceMint;
  readonly dpopNonces: DpopNonces;
  /** Name of the registry a foreign server's subject is looked up in. */
  readonly registry: string;
  readonly log: Log;
}

/** OpenID4VCI 1.0 §8, step by step. */
async function answerCredentialRequest(request: FastifyRequest, options: CredentialEndpointOptions): Promise<string> {
  const { issuance, types, cNonces, registry } = options;
  const grant = await authorizeRequest(request, options.authorize);
  const body = parseCredentialRequest(request.body as string);
  const { type, proofs, canonical } = readCredentialRequest(body, grant, types);
  const proofExpectation = { type, audience: issuance.identifier, clientId: grant.clientId, nonces: cNonces, clock: issuance.clock };
  const holder = await verifyKeyProof(proofs[0] as string, proofExpectation);
  const subject = await findSubject(grant, {
    issuerName: issuance.issuerName,
    identifier: issuance.identifier,
    registry,
    keys: issuance.keys,
  });
  const answer = await issueCredential(issuance, {
    type,
    subject,
    holder,
    clientId: grant.clientId,
    identity: identityOf(grant.tokenId, canonical),
    requestId: request.id,
  });
  options.log.write('info', 'credential-issued', { requestId: request.id, issuer: issuance.identifier, credentialType: type.id });
  return answer;
}

/** §8.2: JSON in plain; an encrypted request cannot be read here, and no other media type is a request. */
function readBodiesAsText(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => done(null, text));
  scope.addContentTypeParser('application/jwt', { parseAs: 'string' }, (_request, _text, done) =>
    done(new Refusal(400, 'invalid_encryption_parameters', 'This issuer takes requests in plain JSON.')),
  );
  scope.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume();
    done(invalidRequest('The media type must be application/json.'));
  });
}

/** Mounts the credential endpoint of one issuer. */
export async function mountCredentialEndpoint(scope: FastifyInstance, options: CredentialEndpointOptions): Promise<void> {
  readBodiesAsText(scope);
  scope.post(options.path, async (request: FastifyRequest, reply: FastifyReply) => {
    // Without a body no parser runs; the token is still judged first.
    request.body ??= '';
    const answer = await answerCredentialRequest(request, options);
    return reply
      .headers({ 'content-type': 'application/json', 'cache-control': 'no-store', 'dpop-nonce': options.dpopNonces.mint() })
      .send(answer);
  });
}
