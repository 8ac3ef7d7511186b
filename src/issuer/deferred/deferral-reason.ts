import type { DeferralConfig } from '../../config-schema.ts';
import type { ClaimsAnswer } from '../../registry/registry.ts';
import type { CredentialType } from '../credential-type.ts';

/** Why a wallet is told to come back later. */
export type DeferralReason = 'review' | 'pending' | 'outage';

/** Whether anything that is offered could end in it: only then the endpoint stands in the metadata. */
export function canDefer({ whenPending, onOutage }: DeferralConfig, types: readonly Pick<CredentialType, 'review'>[]): boolean {
  return whenPending === 'defer' || onOutage === 'defer' || types.some(({ review }) => review);
}

/** `undefined` when the request is answered now, with a credential or a refusal. */
export function reasonToDefer(
  { whenPending, onOutage }: DeferralConfig,
  { review }: Pick<CredentialType, 'review'>,
  outcome: ClaimsAnswer['outcome'],
): DeferralReason | undefined {
  if (review) return 'review';
  if (outcome === 'pending' && whenPending === 'defer') return 'pending';
  return outcome === 'unavailable' && onOutage === 'defer' ? 'outage' : undefined;
}
