import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { jwkThumbprint } from '../../oauth/thumbprint.ts';
import { authorizeRequest } from '../authorize-request.ts';
import { type CredentialEndpointOptions, type Received, readBodiesAsText } from '../credential-endpoint.ts';
import { parseCredentialRequest } from '../credential-request.ts';
import type { ResponseEncryption } from '../message-encryption.ts';
import { invalidRequest } from '../proofs/request-proofs.ts';
import { findSubject } from '../subject.ts';
import { type Pickup, pickUp } from './pickup.ts';

type Issued = Extract<Pickup, { outcome: 'issued' }>;
type DeferredEndpointOptions = Omit<CredentialEndpointOptions, 'offered' | 'cNonces' | 'trust' | 'dialects'>;

/** §9.1, step by step; unknown members are ignored (standards V-34). */
async function answerDeferredRequest(
  request: FastifyRequest,
  { authorize, deferral, registry, encryption }: DeferredEndpointOptions,
): Promise<{ readonly pickup: Pickup; readonly wish: ResponseEncryption | undefined }> {
  const grant = await authorizeRequest(request, authorize);
  const { text, mediaType } = (request.body as Received | undefined) ?? { text: '', mediaType: 'application/json' };
  const body = parseCredentialRequest(await encryption.open(text, mediaType));
  const wish = encryption.readResponse(body, mediaType);
  const { transaction_id: transactionId } = body;
  if (typeof transactionId !== 'string') throw invalidRequest('transaction_id is needed.');
  const { issuerName, identifier, keys } = deferral.issuance;
  const subject = await findSubject(grant, { issuerName, identifier, registry, keys });
  const responseKey = wish && jwkThumbprint(wish.jwk);
  return { pickup: await pickUp(deferral, { transactionId, grant, subject, responseKey, requestId: request.id, from: request.ip }), wish };
}

/** Mounts the deferred credential endpoint of one issuer (OpenID4VCI 1.0 §9). */
export async function mountDeferredEndpoint(scope: FastifyInstance, options: DeferredEndpointOptions): Promise<void> {
  const { path, issuance, encryption, dpopNonces, log } = options;
  const underWay = new Set<Promise<unknown>>();
  // What became of an answer is written down before the store is closed.
  scope.addHook('onClose', async () => {
    await Promise.all(underWay);
  });

  /** Only an answer that went out whole ends its transaction: one that a crash or a broken line cut short is given again. */
  function watch({ raw }: FastifyReply, { delivered, lost }: Issued): void {
    const note = () => {
      const noted = (raw.writableFinished && raw.statusCode === 200 ? delivered() : lost())
        .catch((fault: Error) => log.write('warn', 'pickup-not-noted', { issuer: issuance.identifier, cause: fault.name }))
        .finally(() => underWay.delete(noted));
      underWay.add(noted);
    };
    if (raw.destroyed) note();
    else raw.once('close', note);
  }

  async function encryptFor(wish: ResponseEncryption | undefined, pickup: Pickup): Promise<string> {
    try {
      return wish ? await encryption.seal(pickup.reply, wish) : pickup.reply;
    } catch (fault) {
      if (pickup.outcome === 'issued') await pickup.lost();
      throw fault;
    }
  }

  readBodiesAsText(scope);
  scope.post(path, async (request: FastifyRequest, reply: FastifyReply) => {
    const { pickup, wish } = await answerDeferredRequest(request, options);
    const text = await encryptFor(wish, pickup);
    if (pickup.outcome === 'issued') {
      watch(reply, pickup);
      const { type, count } = pickup;
      log.write('info', 'credential-issued', { requestId: request.id, issuer: issuance.identifier, credentialType: type.id, count });
    }
    const headers = {
      'content-type': wish ? 'application/jwt' : 'application/json',
      'cache-control': 'no-store',
      'dpop-nonce': dpopNonces.mint(),
    };
    return reply
      .code(pickup.outcome === 'pending' ? 202 : 200)
      .headers(headers)
      .send(text);
  });
}
