import { type Html, html } from '../lib/html.ts';
import { walletRoutes } from '../routes.ts';
import type { CatalogueEntry, CatalogueOffice } from './catalogue.ts';
import { categoryIcon, emblemOf, startFields } from './landing.ts';
import type { Offer } from './offer.ts';
import type { Visitor } from './wallet-page.ts';

export interface AskView {
  readonly visitor: Visitor;
  readonly csrf: string;
  readonly address: URL;
}

/** Asks before anything is fetched from the address of an invitation (standards WL-1). */
export function askPage({ visitor: { words }, csrf, address }: AskView): Html {
  const { invitation } = words;
  return html`<div class="page folio folio--plain"><div class="text stack stack--wide">
    <div class="stack"><h1 tabindex="-1">${invitation.askHeading(address.host)}</h1><p class="lede">${invitation.askText}</p></div>
    <p><bdi class="code" dir="ltr">${address.host}</bdi></p>
    <form class="choices" method="post" action="${walletRoutes.offer}">
      <input type="hidden" name="csrf" value="${csrf}" />
      <input type="hidden" name="credential_offer_uri" value="${address.href}" />
      <button class="button">${invitation.ask}</button>
      <a class="button button--second" href="${walletRoutes.landing}">${invitation.leave}</a>
    </form>
  </div></div>`;
}

export interface OfferView {
  readonly visitor: Visitor;
  readonly csrf: string;
  readonly offer: Offer;
  readonly office: CatalogueOffice;
}

function choice(entry: CatalogueEntry, { visitor: { words }, csrf, offer, office }: OfferView): Html {
  return html`<li class="leaf ${office.appearance.brand}">
    <span class="spine">${categoryIcon(entry.category)}</span>
    <form method="post" action="${walletRoutes.start}">
      ${startFields(csrf, entry)}
      ${offer.issuerState !== undefined && html`<input type="hidden" name="issuer_state" value="${offer.issuerState}" />`}
      ${offer.authorizationServer !== undefined && html`<input type="hidden" name="authorization_server" value="${offer.authorizationServer}" />`}
      <div class="leaf-text leaf-text--asks">
        <h2 class="leaf-title">${entry.name}</h2>
        <p>${entry.description}</p>
        <p class="leaf-foot"><span>${words.landing.duration}</span><button class="button">${words.invitation.get(entry.name)}</button></p>
      </div>
    </form>
  </li>`;
}

/** Who invites stands before everything else; nothing has begun yet. */
export function offerPage(view: OfferView): Html {
  const { visitor, office } = view;
  const { invitation } = visitor.words;
  const heading = office.entries.length > 1 ? invitation.headingMore(office.name) : invitation.heading(office.name);
  return html`<div class="page folio">
    <aside class="margin" aria-label="${invitation.title}">
      <div class="row row--holds">${emblemOf(office, 'emblem--large')}<div><p class="record">${office.name}</p><p class="aside"><bdi dir="ltr">${new URL(office.identifier).host}</bdi></p></div></div>
    </aside>
    <div class="text stack stack--wide">
      <div class="stack"><h1 tabindex="-1">${heading}</h1><p class="lede">${invitation.text}</p></div>
      <ul class="leaves">${office.entries.map((entry) => choice(entry, view))}</ul>
      <p><a class="button button--second" href="${walletRoutes.landing}">${invitation.leave}</a></p>
    </div>
  </div>`;
}
