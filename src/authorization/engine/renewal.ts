import type { KoaContextWithOIDC } from 'oidc-provider';
import type { ClientConfig } from '../../config-schema.ts';
import { type Clock, numericDate } from '../../lib/clock.ts';
import { accessTokenSeconds } from '../access-token.ts';

export interface RenewalOptions {
  readonly clients: readonly ClientConfig[];
  readonly refreshTokenDays: number;
  readonly clock: Clock;
}

const codeSeconds = 60;
const interactionSeconds = 900;

const renewingClients = ({ clients }: RenewalOptions): ReadonlySet<string | undefined> =>
  new Set(clients.filter(({ refreshTokens }) => refreshTokens).map(({ clientId }) => clientId));

/** How long each artifact lives, in seconds. What a refresh token rests on lives as long as it does, counted from the sign-in. */
export function lifetimes(options: RenewalOptions) {
  const { refreshTokenDays, clock } = options;
  const refreshSeconds = refreshTokenDays * 86_400;
  const renewing = renewingClients(options);
  const soFar = ({ iiat }: { iiat?: number }) => (iiat === undefined ? 0 : numericDate(clock.now()) - iiat);
  return {
    AuthorizationCode: codeSeconds,
    AccessToken: accessTokenSeconds,
    IdToken: accessTokenSeconds,
    Interaction: interactionSeconds,
    Session: interactionSeconds,
    Grant: (_context: unknown, { clientId }: { clientId?: string }) => (renewing.has(clientId) ? refreshSeconds : interactionSeconds),
    RefreshToken: (_context: unknown, token: { iiat?: number }) => Math.max(refreshSeconds - soFar(token), 1),
  };
}

/** Refresh tokens for the clients that may have them; where nobody may, the grant is not even named (quality Q27). */
export function renewal(options: RenewalOptions) {
  if (renewingClients(options).size === 0) return {};
  return {
    issueRefreshToken: async (_context: unknown, client: { grantTypeAllowed(type: string): boolean }) =>
      client.grantTypeAllowed('refresh_token'),
    // standards X-4: what nobody else can use stays as it is, so that a lost answer loses nothing; a bare token is spent at each use.
    rotateRefreshToken: ({ oidc }: KoaContextWithOIDC) => {
      const { RefreshToken: token } = oidc.entities;
      return oidc.client?.clientAuthMethod === 'none' && !(token as { jkt?: string } | undefined)?.jkt;
    },
  };
}
