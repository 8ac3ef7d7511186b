import type { Json } from '../lib/json.ts';

/** Whom a registry knows, by that registry's own number. It never leaves our services in clear (design D6). */
export interface SubjectReference {
  readonly registry: string;
  readonly id: string;
}

export type FactorName = 'otp' | 'password' | 'knowledge';

/** What the person typed to say who they are: the claim that the evidence must prove. */
export interface IdentityHint {
  readonly individualId: string;
}

/** A begun verification; plain data, so that a login survives a restart. An unknown person's challenge looks like any other and is never met. */
export interface Challenge {
  readonly registry: string;
  readonly factor: FactorName;
  readonly individualId: string;
  /** Where a one-time code went, masked for the screen. */
  readonly delivery?: { readonly channel: 'mail' | 'sms'; readonly masked: string };
}

export type Evidence =
  | { readonly factor: 'otp'; readonly otp: string }
  | { readonly factor: 'password'; readonly password: string }
  | { readonly factor: 'knowledge'; readonly name: string; readonly birthdate: string };

/** Authentication asks: whom does this evidence prove? Unknown, locked and wrong are all `refused`, in the same time. */
export interface IdentityVerifier {
  begin(hint: IdentityHint, factor: FactorName, signal: AbortSignal): Promise<Challenge | 'unavailable'>;
  verify(challenge: Challenge, evidence: Evidence, signal: AbortSignal): Promise<SubjectReference | 'refused' | 'unavailable'>;
}

/** Sends and checks one-time codes for registries that do not do so themselves. */
export interface OneTimeCodes {
  /** Makes a code for the person and sends it; with no address it does the same work and sends nothing. */
  send(person: string, address: { readonly channel: 'mail' | 'sms'; readonly to: string } | undefined): Promise<void>;
  /** True for exactly one caller that presents the code in force. */
  redeem(person: string, code: string): Promise<boolean>;
}

export type Claims = Readonly<Record<string, Json>>;
export type ClaimsAnswer =
  | { readonly outcome: 'known'; readonly claims: Claims }
  | { readonly outcome: 'pending' | 'unknown' | 'unavailable' };

/** Issuance asks: what is known of this subject? Never more than the names asked for; a name without a value is absent. */
export interface ClaimsSource {
  claims(subject: SubjectReference, names: readonly string[], signal: AbortSignal): Promise<ClaimsAnswer>;
}

/** Cheap answer for health pages: can the registry be asked now? */
export interface RegistryHealth {
  check(signal: AbortSignal): Promise<'ready' | 'unavailable'>;
}

export type Registry = IdentityVerifier & ClaimsSource & RegistryHealth;
