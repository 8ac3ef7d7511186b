import { readFile } from 'node:fs/promises';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { IssuerConfig } from '../config-schema.ts';
import { type CredentialFormat, ProfileFault } from '../formats/format.ts';
import { StartFault } from '../lib/start-fault.ts';
import { JsonFault, parseStrictJson } from '../lib/strict-json.ts';
import type { DpopNonces } from '../oauth/dpop.ts';
import { mintNonce, type NonceMint, readNonce } from '../oauth/nonce.ts';
import { createRemoteDocuments, type RemoteDocuments } from '../oauth/remote-documents.ts';
import { createRemoteKeys } from '../oauth/remote-keys.ts';
import type { Registry } from '../registry/registry.ts';
import { issuerRoutes } from '../routes.ts';
import type { ServiceTools } from '../service.ts';
import type { Ledger } from '../store/ledger.ts';
import type { StatusLists } from '../store/status-lists.ts';
import { createAccessTokenVerifier } from './access-token.ts';
import { mountCredentialEndpoint } from './credential-endpoint.ts';
import { createCredentialOffers, mountCredentialOffers } from './credential-offers.ts';
import { type CredentialType, readCredentialType } from './credential-type.ts';
import { createMessageEncryption } from './message-encryption.ts';
import { mountNotificationEndpoint } from './notification-endpoint.ts';
import { createNotificationIds } from './notification-ids.ts';
import { mountCredentialOfferOperations, type OfferingIssuer } from './operators/credential-offers.ts';
import { mountCredentialStatus } from './operators/credential-status.ts';
import { mountPublicDocuments } from './public-documents.ts';
import { createStatusAllocator } from './status/status-allocator.ts';
import { mountStatusLists } from './status/status-list-endpoint.ts';

export interface IssuerOptions extends ServiceTools {
  readonly publicUrl: URL;
  readonly config: readonly IssuerConfig[];
  readonly ledger: Ledger;
  readonly statusLists: StatusLists;
  readonly registries: Readonly<Record<string, Registry>>;
  readonly formats: readonly CredentialFormat<unknown>[];
}

const nonceSeconds = 300;

async function readType(file: string, identifier: string, formats: IssuerOptions['formats']): Promise<CredentialType | undefined> {
  try {
    return await readCredentialType(parseStrictJson(await readFile(file, 'utf8')), identifier, formats);
  } catch (fault) {
    if (fault instanceof ProfileFault || fault instanceof JsonFault)
      throw new StartFault(`The credential type ${file} is not sound: ${fault.message}. Correct the file.`, fault);
    throw new StartFault(`The credential type ${file} cannot be read. Correct the configuration file.`, fault);
  }
}

async function readTypes(
  { name, identifier, types: files }: IssuerConfig,
  formats: IssuerOptions['formats'],
): Promise<readonly CredentialType[]> {
  const types = (await Promise.all(files.map((file) => readType(file, identifier, formats)))).filter((type) => type !== undefined);
  const offered = types.filter(({ state }) => state === 'published');
  for (const [what, values] of [
    ['id', offered.map(({ id }) => id)],
    ['scope', offered.map(({ scope }) => scope)],
    ['address', types.flatMap(({ documents }) => documents.map(({ path }) => path))],
  ] as const) {
    const twice = values.find((value, index) => values.indexOf(value) !== index);
    if (twice) throw new StartFault(`Two credential types of the issuer ${name} have the ${what} ${twice}. Give each its own.`);
  }
  return types;
}

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
interface OpenedIssuer extends OfferingIssuer {
  readonly types: readonly CredentialType[];
}

async function openOne(config: IssuerConfig, { formats, keys, store, clock }: IssuerOptions): Promise<OpenedIssuer> {
  const types = await readTypes(config, formats);
  const configurationIds = types.filter(({ state }) => state === 'published').map(({ id }) => id);
  const secret = await keys.secret('credential-offer');
  return { config, types, configurationIds, offers: createCredentialOffers({ identifier: config.identifier, store, clock, secret }) };
}

async function mountIssuer(
  scope: FastifyInstance,
  { config, types, offers }: OpenedIssuer,
  options: IssuerOptions,
  documents: RemoteDocuments,
): Promise<void> {
  const { keys, clock, store, ledger, statusLists: lists, registries, log } = options;
  const { identifier, name } = config;
  const base = new URL(identifier).pathname.replace(/\/$/, '');
  const offered = types.filter(({ state }) => state === 'published');
  const cNonces: NonceMint = { secret: await keys.secret('nonce'), audience: identifier, clock, lifetimeSeconds: nonceSeconds };
  const dpopMint: NonceMint = { ...cNonces, secret: await keys.secret('dpop-nonce') };
  const dpopNonces: DpopNonces = { mint: () => mintNonce(dpopMint), accepts: (nonce) => readNonce(dpopMint, nonce).state === 'valid' };
  const verifier = createAccessTokenVerifier({
    identifier,
    servers: config.authorizationServers,
    documents,
    keys: createRemoteKeys(documents, clock),
    clock,
  });
  const path = base + issuerRoutes.credential;
  const authorize = { verifier, nonces: dpopNonces, store, clock, url: new URL(identifier + issuerRoutes.credential) };
  const statuses = createStatusAllocator({ lists, issuer: identifier, clock, secret: await keys.secret('permutation') });
  const notificationIds = createNotificationIds(identifier, await keys.secret('notification'));
  const issuance = { issuerName: name, identifier, keys, ledger, registries, clock, statuses, notificationIds };
  // Made before the first request, so that its public documents are complete from the start.
  await keys.signer(`credential:${name}`);
  for (const { algorithm } of types) await keys.signer(`credential:${name}`, algorithm);
  await keys.decrypters(`registry-reference:${name}`);
  const encryption = createMessageEncryption({ issuerName: name, policy: config.messageEncryption, keys });
  await mountPublicDocuments(scope, { config, types, keys, clock, encryption });
  mountCredentialOffers(scope, base, offers);
  mountStatusLists(scope, base, { issuerName: name, identifier, keys, lists, clock });
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
  await scope.register((inner) =>
    mountCredentialEndpoint(inner, {
      path,
      authorize,
      issuance,
      offered: { types: offered, batchSize: config.batchSize ?? 1 },
      cNonces,
      dpopNonces,
      registry: config.registry,
      encryption,
      log,
    }),
  );
}

export interface Issuer {
  readonly plugin: FastifyPluginAsync;
  /** Routes of the operators' listener. */
  readonly operators: (server: FastifyInstance) => void;
}

/** The Credential Issuers of this deployment (design D14): each with its own identifier, keys, types and registry. */
export async function openIssuer(options: IssuerOptions): Promise<Issuer> {
  const { config: issuers, keys, ledger, statusLists, egress, clock } = options;
  const opened: OpenedIssuer[] = [];
  for (const config of issuers) opened.push(await openOne(config, options));
  return {
    async plugin(scope) {
      const documents = createRemoteDocuments({ egress, clock });
      for (const issuer of opened) await mountIssuer(scope, issuer, options, documents);
    },
    operators(server) {
      mountCredentialStatus(server, { issuers, keys, ledger, statusLists });
      mountCredentialOfferOperations(server, opened);
    },
  };
}
