import type { Language } from '../../lib/language.ts';
import type { Theme } from '../../lib/look/look.ts';
import type { FactorName } from '../../registry/registry.ts';
import type { FieldFault } from '../factor.ts';

/** What every page of a sign-in is drawn with. */
export interface PageContext {
  readonly language: Language;
  readonly theme: Theme;
  /** Path of the authorization server, without a slash at its end. */
  readonly basePath: string;
  /** Where the page's form goes, and the page itself lives. */
  readonly actionUrl: string;
  /** Empty on a page that belongs to no sign-in. */
  readonly csrf: string;
  readonly now: Date;
  readonly demo: boolean;
  /** Identity number of an invented person, for whoever tries the demonstration. */
  readonly tryWith?: string;
  /** Root of our own wallet, with a slash at its end: the way back, and help. */
  readonly wallet?: string;
  /** Short reference of this request, to be read aloud. */
  readonly reference: string;
}

/** What the person is about to get, from whom; absent for a plain sign-in. */
export interface Purpose {
  readonly issuerName: string;
  readonly issuerLogo?: string;
  readonly documentName?: string;
}

/** Why the last try did not go through. */
export type Fault =
  | { readonly kind: 'field'; readonly fault: FieldFault }
  | { readonly kind: 'refused'; readonly triesLeft: number }
  | { readonly kind: 'unavailable' };

export interface IdentifyView {
  readonly purpose: Purpose;
  readonly factors: readonly FactorName[];
  readonly chosen: FactorName;
  readonly individualId: string;
  readonly fault?: Fault;
}

export interface EvidenceView {
  readonly purpose: Purpose;
  readonly factor: FactorName;
  /** Where a one-time code went, masked. */
  readonly delivery?: { readonly channel: 'mail' | 'sms'; readonly masked: string };
  readonly name?: string;
  readonly birthdate?: string;
  readonly fault?: Fault;
  readonly resent?: boolean;
}

/** A claim as consent shows it: its label, and its value masked where this server may look it up (design D21). */
export interface ConsentClaim {
  readonly label: string;
  readonly value?: { readonly masked: string; readonly heard: 'hidden' | 'initials' | 'year' | 'last3' | 'open' };
  readonly mandatory: boolean;
}

export interface ConsentView {
  readonly purpose: Purpose;
  readonly walletName: string;
  readonly whose?: { readonly masked: string; readonly birthYear?: string };
  readonly documents: readonly {
    readonly name: string;
    readonly claims: readonly ConsentClaim[];
    readonly why?: string;
    readonly retention?: string;
  }[];
  readonly until: Date;
  /** What a decision on this page is about, for the form to bring back. */
  readonly decision: string;
  /** Class of the authority's colour. */
  readonly brand?: string;
}

export type ErrorView =
  | { readonly kind: 'locked' | 'busy'; readonly until: Date }
  | { readonly kind: 'expired' | 'unknown-client' | 'invalid-request' | 'unavailable' | 'not-found' | 'forbidden' | 'declined' | 'failed' };

export interface MailboxView {
  readonly messages: readonly { readonly to: string; readonly code: string; readonly sentAt: Date; readonly endsAt: Date }[];
}
