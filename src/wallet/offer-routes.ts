import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { walletRoutes } from '../routes.ts';
import { makeCatalogue } from './catalogue.ts';
import { signInOrigins } from './landing-routes.ts';
import { fetchOffer, type Offer, type OfferLink, readInvitation, readOfferParameters } from './offer.ts';
import { askPage, offerPage } from './offer-page.ts';
import { walletFault } from './wallet-fault.ts';
import { readVisitor, sendPage } from './wallet-page.ts';
import type { WalletParts } from './wallet-parts.ts';

/** An issuer's invitation, by link or pasted (features A04, standards WL-1): who invites is shown before anything happens. */
export function mountOffers(scope: FastifyInstance, parts: WalletParts): void {
  const { config, directory, appearance, sessions, egress } = parts;
  const demo = parts.mode === 'demo';

  async function showOffer(request: FastifyRequest, reply: FastifyReply, offer: Offer): Promise<FastifyReply> {
    const visitor = readVisitor(request, reply);
    const issuer = await directory.read(offer.issuer);
    // Checked here too, so that an invitation that cannot work says so at once.
    if (offer.authorizationServer !== undefined && !issuer.authorizationServers.includes(offer.authorizationServer))
      throw walletFault('bad_invitation', 'an authorization server that the issuer does not list');
    const catalogue = makeCatalogue([issuer], config, appearance, { language: visitor.language, query: '', category: undefined });
    const [office] = catalogue.offices;
    const entries = office?.entries.filter(({ configurationId }) => offer.configurationIds.includes(configurationId)) ?? [];
    if (!office || entries.length < offer.configurationIds.length) throw walletFault('unknown_document', 'offered but not in the metadata');
    const { csrf } = sessions.open(request, reply);
    return sendPage(reply, {
      visitor,
      demo,
      title: visitor.words.invitation.title,
      formAction: signInOrigins(parts),
      main: offerPage({ visitor, csrf, offer, office: { ...office, entries } }),
    });
  }

  async function show(request: FastifyRequest, reply: FastifyReply, link: OfferLink): Promise<FastifyReply> {
    if (link.kind === 'value') return showOffer(request, reply, link.offer);
    const visitor = readVisitor(request, reply);
    const { csrf } = sessions.open(request, reply);
    const main = askPage({ visitor, csrf, address: link.address });
    return sendPage(reply, { visitor, demo, title: visitor.words.invitation.title, main });
  }

  scope.get(walletRoutes.offer, async (request, reply) => {
    const { searchParams } = new URL(request.url, parts.publicUrl);
    searchParams.delete('language');
    return show(request, reply, readOfferParameters(searchParams));
  });

  scope.post(walletRoutes.offer, async (request, reply) => {
    const form = (request.body ?? {}) as Readonly<Record<string, unknown>>;
    sessions.require(request, form.csrf);
    if (form.credential_offer_uri === undefined) return show(request, reply, readInvitation(form.invitation));
    const link = readOfferParameters(new URLSearchParams({ credential_offer_uri: String(form.credential_offer_uri) }));
    if (link.kind !== 'reference') throw walletFault('bad_invitation', 'no address');
    return showOffer(request, reply, await fetchOffer(link.address, egress));
  });
}
