import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { IssuerConfig } from '../config-schema.ts';
import type { CredentialDocuments } from '../formats/credential-documents.ts';
import type { CredentialFormat } from '../formats/format.ts';
import type { DpopNonces } from '../oauth/dpop.ts';
import { mintNonce, type NonceMint, readNonce } from '../oauth/nonce.ts';
import { createRemoteDocuments, type RemoteDocuments } from '../oauth/remote-documents.ts';
import type { Registry } from '../registry/registry.ts';
import { issuerRoutes } from '../routes.ts';
import type { ServiceTools } from '../service.ts';
import type { Audit } from '../store/audit.ts';
import type { Deferrals } from '../store/deferrals.ts';
import type { Ledger } from '../store/ledger.ts';
import type { StatusLists } from '../store/status-lists.ts';
import type { TypeStore } from '../store/type-store.ts';
import { createAccessTokenVerifier } from './access-token.ts';
import { openDialects } from './compat/compat.ts';
import { mountCredentialEndpoint } from './credential-endpoint.ts';
import { createCredentialOffers, mountCredentialOffers } from './credential-offers.ts';
import { createCompletion } from './deferred/completion.ts';
import { mountDeferredEndpoint } from './deferred/deferred-endpoint.ts';
import { createTransactions } from './deferred/transactions.ts';
import { createMessageEncryption } from './message-encryption.ts';
import { mountNotificationEndpoint } from './notification-endpoint.ts';
import { createNotificationIds } from './notification-ids.ts';
import { mountIssuerOperators, type OperatedIssuer } from './operators/issuer-operators.ts';
import { openProofTrust, type ProofTrust } from './proofs/proof-trust.ts';
import { mountPublicDocuments } from './public-documents.ts';
import { createPushedClaims, pushedRegistry } from './pushed-claims.ts';
import { createStatusAllocator } from './status/status-allocator.ts';
import { mountStatusLists } from './status/status-list-endpoint.ts';
import { seedTypes } from './types/seed-types.ts';
import { createTypeCatalogue } from './types/type-catalogue.ts';
import { watchCatalogues } from './types/watch-catalogues.ts';
import { openDocumentIssuers } from './vc-api/open-document-issuers.ts';
import { mountVcApi } from './vc-api/vc-api.ts';

export interface IssuerOptions extends ServiceTools {
  readonly publicUrl: URL;
  readonly config: readonly IssuerConfig[];
  readonly ledger: Ledger;
  readonly deferrals: Deferrals;
  readonly statusLists: StatusLists;
  readonly types: TypeStore;
  readonly audit: Audit;
  readonly registries: Readonly<Record<string, Registry>>;
  readonly formats: readonly CredentialFormat<unknown>[];
  /** Takes presentations as proof of a key; without it no type may ask for one. */
  readonly presentations?: ProofTrust['presentations'];
  /** For issuers that serve the VC API. */
  readonly documents?: CredentialDocuments;
}

const nonceSeconds = 300;

/** OpenID4VCI 1.0 §7: a fresh c_nonce for anybody who asks; nothing is written. */
function mountNonceEndpoint(scope: FastifyInstance, path: string, cNonces: NonceMint, dpopNonces: DpopNonces): void {
  scope.removeAllContentTypeParsers();
  // §7.1 asks for an empty body; whatever is sent is not looked at.
  scope.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume();
    done(null);
  });
  scope.post(path, async (_request, reply) =>
    reply.headers({ 'cache-control': 'no-store', 'dpop-nonce': dpopNonces.mint() }).send({ c_nonce: mintNonce(cNonces) }),
  );
}

/** One Credential Issuer: what it serves, and what its operators need of it. */
interface OpenedIssuer extends OperatedIssuer {
  readonly trust: ProofTrust;
}

async function openOne(config: IssuerConfig, options: IssuerOptions): Promise<OpenedIssuer> {
  const { formats, keys, store, types, clock, log } = options;
  const { name: issuerName, identifier: issuer, types: files } = config;
  const registries = Object.keys(options.registries);
  const trust = await openProofTrust(config, clock, options.presentations);
  const catalogue = createTypeCatalogue({ issuerName, issuer, formats, registries, trust, store: types, keys, log });
  await seedTypes({ issuer, issuerName, files, store: types, catalogue });
  const offers = createCredentialOffers({ identifier: issuer, store, clock, secret: await keys.secret('credential-offer') });
  const transactions = createTransactions(issuer, await keys.secret('deferral'));
  const configurationIds = () => catalogue.current().offered.map(({ id }) => id);
  const pushed = createPushedClaims({ identifier: issuer, store, clock, secret: await keys.secret('pushed-claims') });
  return { config, catalogue, trust, configurationIds, offers, transactions, pushed, types: () => catalogue.current().offered };
}

async function mountIssuer(
  scope: FastifyInstance,
  { config, catalogue, trust, offers, transactions, pushed }: OpenedIssuer,
  options: IssuerOptions,
  documents: RemoteDocuments,
): Promise<void> {
  const { keys, clock, store, ledger, deferrals, statusLists: lists, log } = options;
  const registries = { ...options.registries, [pushedRegistry]: pushed };
  const { identifier, name } = config;
  const base = new URL(identifier).pathname.replace(/\/$/, '');
  const cNonces: NonceMint = { secret: await keys.secret('nonce'), audience: identifier, clock, lifetimeSeconds: nonceSeconds };
  const dpopMint: NonceMint = { ...cNonces, secret: await keys.secret('dpop-nonce') };
  const dpopNonces: DpopNonces = { mint: () => mintNonce(dpopMint), accepts: (nonce) => readNonce(dpopMint, nonce).state === 'valid' };
  const verifier = createAccessTokenVerifier({
    identifier,
    servers: config.authorizationServers,
    documents,
    clock,
  });
  const path = base + issuerRoutes.credential;
  const authorize = { verifier, nonces: dpopNonces, store, clock, url: new URL(identifier + issuerRoutes.credential), trust };
  const statuses = createStatusAllocator({ lists, issuer: identifier, clock, secret: await keys.secret('permutation') });
  const notificationIds = createNotificationIds(identifier, await keys.secret('notification'));
  const issuance = { issuerName: name, identifier, keys, ledger, registries, clock, statuses, notificationIds };
  // Made before the first request, so that its public documents are complete from the start.
  await keys.signer(`credential:${name}`);
  await keys.decrypters(`registry-reference:${name}`);
  const encryption = createMessageEncryption({ issuerName: name, policy: config.messageEncryption, keys });
  const dialects = openDialects(config, cNonces);
  await mountPublicDocuments(scope, { config, catalogue, keys, keyNames: () => catalogue.current().keys, clock, encryption, dialects });
  mountCredentialOffers(scope, base, offers);
  const findSecuring = (securing: string) => catalogue.current().securings.get(securing);
  const findSigner = (signer: string) => catalogue.current().listSigners.get(signer);
  mountStatusLists(scope, base, { issuerName: name, identifier, keys, lists, clock, findSecuring, findSigner });
  await scope.register(async (inner) => mountNonceEndpoint(inner, base + issuerRoutes.nonce, cNonces, dpopNonces));
  await scope.register((inner) =>
    mountNotificationEndpoint(inner, {
      path: base + issuerRoutes.notification,
      identifier,
      authorize: { ...authorize, url: new URL(identifier + issuerRoutes.notification) },
      ids: notificationIds,
      ledger,
      log,
    }),
  );
  const deferral = { config: config.deferral, issuance, store, deferrals, transactions, types: () => catalogue.current().offered };
  const issuing = { issuance, deferral, dpopNonces, registry: config.registry, encryption, audit: options.audit, log };
  await scope.register((inner) =>
    mountCredentialEndpoint(inner, {
      ...issuing,
      path,
      authorize,
      offered: () => ({ types: catalogue.current().offered, batchSize: config.batchSize ?? 1 }),
      cNonces,
      trust,
      dialects,
    }),
  );
  await scope.register((inner) =>
    mountDeferredEndpoint(inner, {
      ...issuing,
      path: base + issuerRoutes.deferredCredential,
      authorize: { ...authorize, url: new URL(identifier + issuerRoutes.deferredCredential) },
    }),
  );
}

export interface Issuer {
  readonly plugin: FastifyPluginAsync;
  /** Routes of the operators' listener. */
  readonly operators: (server: FastifyInstance) => void;
  /** Looks now at what was put off and is due; it also happens by itself. How much of it that was. */
  readonly completeDeferred: () => Promise<number>;
}

/** The Credential Issuers of this deployment (design D14): each with its own identifier, keys, types and registry. */
export async function openIssuer(options: IssuerOptions): Promise<Issuer> {
  const { config: issuers, deferrals, registries, egress, clock, log } = options;
  const opened: OpenedIssuer[] = [];
  for (const config of issuers) opened.push(await openOne(config, options));
  const documentIssuers = await openDocumentIssuers(opened, options);
  const completion = createCompletion({ issuers: opened, deferrals, registries, clock, log });
  return {
    completeDeferred: completion.run,
    async plugin(scope) {
      scope.addHook('onReady', async () => completion.start());
      scope.addHook('onClose', () => completion.stop());
      const documents = createRemoteDocuments({ egress, clock });
      const catalogues = new Map(opened.map(({ config: { identifier }, catalogue }) => [identifier, catalogue]));
      scope.addHook('onClose', watchCatalogues(options.types, catalogues, options.log));
      for (const issuer of opened) await mountIssuer(scope, issuer, options, documents);
    },
    operators(server) {
      mountIssuerOperators(server, opened, options);
      mountVcApi(server, documentIssuers);
    },
  };
}
