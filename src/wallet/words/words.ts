import type { HelpWords } from './help.ts';

/** Cause in one sentence, and what to do next (quality EP1). */
export interface FaultWords {
  readonly heading: string;
  readonly text: string;
}

export type WordsLanguage = 'en' | 'ar' | 'ta';

/** Faults that a page of the server tells; the browser application knows them too. */
export type ServerFault =
  | 'forged'
  | 'forgotten'
  | 'unavailable'
  | 'unknown_document'
  | 'unknown_office'
  | 'bad_invitation'
  | 'unsupported_invitation'
  | 'untrusted_answer'
  | 'refused'
  | 'no_record'
  | 'not_ready'
  | 'unexpected'
  | 'not_found';
/** Faults that only the browser application can meet. */
export type AppFault = 'missing' | 'offline' | 'seal' | 'storage' | 'unsupported';

/**
 * Every sentence of the wallet in one language. Names of offices and documents come from outside and are put in by
 * the functions; no sentence holds a word of quality §6.5.
 */
export interface Words {
  readonly frame: {
    readonly skip: string;
    readonly navigation: string;
    readonly documents: string;
    readonly wallet: string;
    readonly help: string;
    readonly language: string;
    readonly about: string;
    readonly accessibility: string;
    readonly privacy: string;
    readonly aboutUs: string;
    readonly appearance: { readonly label: string; readonly automatic: string; readonly light: string; readonly dark: string };
    readonly demo: string;
    readonly technical: string;
    readonly reference: string;
    readonly referenceHint: string;
    readonly needsScript: string;
  };
  readonly landing: {
    readonly title: string;
    readonly heading: string;
    readonly lede: string;
    readonly search: string;
    readonly searchAct: string;
    readonly categories: string;
    readonly all: string;
    /** `digits` is the count in the digits of the language. */
    count(count: number, digits: string): string;
    readonly duration: string;
    readonly get: string;
    found(count: number, digits: string, query: string): string;
    nothing(query: string): string;
    readonly nothingHint: string;
    readonly showAll: string;
    readonly silent: string;
    readonly silentHint: string;
    readonly again: string;
    readonly inviteHeading: string;
    readonly inviteText: string;
    readonly inviteLabel: string;
    readonly inviteAct: string;
  };
  readonly invitation: {
    readonly title: string;
    askHeading(host: string): string;
    readonly askText: string;
    readonly ask: string;
    heading(office: string): string;
    headingMore(office: string): string;
    readonly text: string;
    get(document: string): string;
    readonly leave: string;
  };
  readonly stopped: {
    readonly title: string;
    readonly heading: string;
    text(document: string, office: string): string;
    again(document: string): string;
    readonly back: string;
  };
  readonly faults: Readonly<Record<ServerFault, FaultWords>>;
  readonly wayOn: { readonly again: string; readonly documents: string; readonly wallet: string };
  readonly help: HelpWords;
  readonly issuing: {
    title(document: string): string;
    heading(document: string): string;
    readonly lede: string;
    readonly getting: string;
    from(office: string): string;
    readonly stepsLabel: string;
    readonly steps: readonly [string, string, string, string];
    readonly progressLabel: string;
    step(current: string, total: string): string;
    readonly done: string;
    progress(office: string, document: string): readonly [string, string, string, string, string];
    readonly harmless: string;
    harmlessText(document: string): string;
    readonly slow: string;
  };
  readonly accept: {
    heading(document: string): string;
    readonly lede: string;
    readonly from: string;
    readonly to: string;
    readonly ownWallet: string;
    device(browser: string): string;
    readonly whose: string;
    bornIn(year: string): string;
    readonly add: string;
    readonly notMe: string;
    readonly cancel: string;
    readonly notMeHeading: string;
    notMeText(office: string): string;
    readonly cancelledHeading: string;
    readonly cancelledText: string;
  };
  readonly list: {
    readonly waiting: string;
    readonly heading: string;
    readonly search: string;
    readonly emptyHeading: string;
    readonly emptyText: string;
    readonly choose: string;
    readonly nothing: string;
    readonly more: string;
    given(date: string): string;
    readonly open: string;
  };
  readonly document: {
    readonly valid: string;
    readonly notYet: string;
    readonly ended: string;
    checked(when: string): string;
    readonly added: string;
    readonly show: string;
    readonly hide: string;
    readonly givenOn: string;
    readonly validUntil: string;
    sealedBy(office: string): string;
    readonly kept: string;
    readonly photo: string;
    photoOf(name: string): string;
    readonly yes: string;
    readonly no: string;
    readonly hidden: string;
    readonly hiddenButInitials: string;
    readonly hiddenButYear: string;
    readonly hiddenButEnd: string;
    readonly actions: string;
    readonly back: string;
    readonly remove: string;
    removeHeading(document: string): string;
    readonly removeText: string;
    readonly removeAct: string;
    readonly keep: string;
    removed(document: string): string;
    readonly technical: Readonly<Record<'format' | 'type' | 'issuer' | 'algorithm' | 'binding', string>>;
  };
  readonly appFaults: Readonly<Record<AppFault, FaultWords>>;
  readonly again: string;
}
