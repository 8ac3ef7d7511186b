import type { FastifyInstance } from 'fastify';
import type { IssuerConfig } from '../../config-schema.ts';
import type { KeyStore } from '../../keys/keys.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Deferrals } from '../../store/deferrals.ts';
import type { Ledger } from '../../store/ledger.ts';
import type { StatusLists } from '../../store/status-lists.ts';
import type { TypeStore } from '../../store/type-store.ts';
import { mountCredentialOfferOperations, type OfferingIssuer } from './credential-offers.ts';
import { mountCredentialStatus } from './credential-status.ts';
import { type DesignedIssuer, mountCredentialTypes } from './credential-types.ts';
import { mountDeferralReviews, type ReviewedIssuer } from './deferrals.ts';
import { mountPushedClaims, type PushedIssuer } from './pushed-claims.ts';

/** One issuer as its operators need it. */
export type OperatedIssuer = OfferingIssuer & DesignedIssuer & ReviewedIssuer & PushedIssuer;

export interface OperatorTools {
  readonly config: readonly IssuerConfig[];
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly deferrals: Deferrals;
  readonly statusLists: StatusLists;
  readonly types: TypeStore;
}

/** Everything that operators do at the Credential Issuers of this process. */
export function mountIssuerOperators(server: FastifyInstance, opened: readonly OperatedIssuer[], tools: OperatorTools): void {
  const { config: issuers, keys, clock, ledger, deferrals, statusLists, types } = tools;
  mountCredentialStatus(server, { issuers, keys, ledger, statusLists });
  mountCredentialOfferOperations(server, opened);
  mountCredentialTypes(server, opened, types);
  mountDeferralReviews(server, opened, deferrals);
  mountPushedClaims(server, opened, clock);
}
