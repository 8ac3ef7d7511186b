import type { Html } from '../../lib/html.ts';
import { consentPage } from './consent.ts';
import { errorPage, errorStatus } from './error.ts';
import { evidencePage } from './evidence.ts';
import { signInPage } from './sign-in.ts';
import type { ConsentView, ErrorView, EvidenceView, IdentifyView, PageContext } from './views.ts';

/** A step of a sign-in that has a page. */
export type PageView =
  | { readonly show: 'identify'; readonly view: IdentifyView }
  | { readonly show: 'evidence'; readonly view: EvidenceView }
  | { readonly show: 'consent'; readonly view: ConsentView }
  | { readonly show: 'error'; readonly view: ErrorView };

/** The page of a step, with the status that tells the truth about it: 422 when an answer needs another look. */
export function pageOf(next: PageView, context: PageContext): { readonly status: number; readonly page: Html } {
  switch (next.show) {
    case 'identify':
      return { status: next.view.fault ? 422 : 200, page: signInPage(next.view, context) };
    case 'evidence':
      return { status: next.view.fault ? 422 : 200, page: evidencePage(next.view, context) };
    case 'consent':
      return { status: 200, page: consentPage(next.view, context) };
    case 'error':
      return { status: errorStatus[next.view.kind], page: errorPage(next.view, context) };
  }
}
