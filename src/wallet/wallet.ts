import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import type { FastifyPluginAsync } from 'fastify';
import { mountLook } from '../lib/look/look.ts';
import { mountApplication } from './application.ts';
import { applicationPaths } from './application-paths.ts';
import { answerFaults } from './fault-answer.ts';
import { mountIssuanceApi } from './issuance-api.ts';
import { mountEmblems } from './issuer-appearance.ts';
import { mountLanding } from './landing-routes.ts';
import { mountLogin } from './login-routes.ts';
import { mountOffers } from './offer-routes.ts';
import { createWalletParts, type WalletOptions } from './wallet-parts.ts';

/**
 * The web wallet (design D12): a confidential client and a backend for its browser application. It holds client keys,
 * DPoP keys and tokens, sealed per browser session; holder keys and documents are the browser's alone.
 */
export function createWallet(options: WalletOptions): FastifyPluginAsync {
  return async (scope) => {
    const parts = await createWalletParts(options);
    // Made before the first request, so that its public key is known before it signs.
    await parts.ownKeys.signer('wallet-client');
    await scope.register(cookie);
    await scope.register(formbody);
    answerFaults(scope, parts);
    mountLook(scope, applicationPaths.look);
    mountLanding(scope, parts);
    mountOffers(scope, parts);
    mountLogin(scope, parts);
    mountIssuanceApi(scope, parts);
    mountEmblems(scope, parts);
    await mountApplication(scope, parts.mode === 'demo');
  };
}
