import type { FastifyInstance } from 'fastify';
import { randomHandle } from '../lib/bytes.ts';
import { addSeconds, type Clock } from '../lib/clock.ts';
import type { JsonObject } from '../lib/json.ts';
import { seal, unseal } from '../lib/seal.ts';
import { Refusal } from '../oauth/refusal.ts';
import { issuerRoutes } from '../routes.ts';
import type { Store } from '../store/store.ts';

/** Offers by reference (OpenID4VCI 1.0 §4.1.3): each has an address of its own and can be read until it ends. */
export interface CredentialOffers {
  /** Keeps the offer and returns its address. */
  publish(offer: JsonObject, lifetimeSeconds: number): Promise<{ readonly uri: string; readonly expiresAt: Date }>;
  find(name: string): Promise<JsonObject | undefined>;
}

export interface CredentialOffersOptions {
  readonly identifier: string;
  readonly store: Store;
  readonly clock: Clock;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

export function createCredentialOffers({ identifier, store, clock, secret }: CredentialOffersOptions): CredentialOffers {
  // Sealed under its own name: whoever holds the database alone redeems nobody's offer.
  const contextOf = (name: string) => `credential-offer\n${identifier}\n${name}`;
  return {
    async publish(offer, lifetimeSeconds) {
      const name = randomHandle();
      const expiresAt = addSeconds(clock.now(), lifetimeSeconds);
      await store.put('credential-offer', name, seal(secret, contextOf(name), offer), expiresAt);
      return { uri: `${identifier}${issuerRoutes.credentialOffers}/${name}`, expiresAt };
    },
    async find(name) {
      const sealed = await store.get('credential-offer', name);
      return typeof sealed === 'string' ? (unseal(secret, contextOf(name), sealed) as JsonObject | undefined) : undefined;
    },
  };
}

/** Reading an offer spends nothing: some wallets fetch it twice (quality SU11). */
export function mountCredentialOffers(scope: FastifyInstance, base: string, offers: CredentialOffers): void {
  scope.get<{ Params: { name: string } }>(`${base}${issuerRoutes.credentialOffers}/:name`, async (request, reply) => {
    reply.headers({ 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin', 'cache-control': 'no-store' });
    const offer = await offers.find(request.params.name);
    if (!offer) throw new Refusal(404, 'not_found', 'This offer does not exist or has ended. Ask for a new one.');
    return offer;
  });
}
