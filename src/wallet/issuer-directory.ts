import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { WalletConfig } from '../config-schema.ts';
import type { Clock } from '../lib/clock.ts';
import type { Egress } from '../lib/egress.ts';
import { isJsonObject, type Json, type JsonObject } from '../lib/json.ts';
import type { RemoteDocuments } from '../oauth/remote-documents.ts';
import { wellKnownPath } from '../routes.ts';
import { walletFault } from './wallet-fault.ts';

/** One document a Credential Issuer gives, as its metadata tells it (OpenID4VCI 1.0 §12.2.4). */
export interface Offering {
  readonly id: string;
  readonly scope: string | undefined;
  readonly display: readonly JsonObject[];
  /** The configuration as the issuer publishes it, for the browser that will read the document. */
  readonly metadata: JsonObject;
}

/** A Credential Issuer of this wallet's configuration, and what its metadata says today. */
export interface KnownIssuer {
  readonly identifier: string;
  readonly display: readonly JsonObject[];
  readonly authorizationServers: readonly string[];
  readonly credentialEndpoint: URL;
  readonly nonceEndpoint: URL | undefined;
  readonly offerings: readonly Offering[];
}

/** An authorization server's addresses (RFC 8414 §2). */
export interface AuthorizationServer {
  readonly issuer: string;
  readonly authorizationEndpoint: URL;
  readonly tokenEndpoint: URL;
  readonly pushedAuthorizationRequestEndpoint: URL | undefined;
  readonly jwksUri: URL;
  readonly namesItselfInAnswers: boolean;
}

export interface IssuerDirectory {
  /** Metadata of a configured issuer; `unknown_office` for any other, `unavailable` when it is silent. */
  read(identifier: string): Promise<KnownIssuer>;
  /** Every configured issuer that answers, or answered lately, in the order of the configuration. */
  all(): Promise<readonly KnownIssuer[]>;
  readServer(issuer: string): Promise<AuthorizationServer>;
  /** The issuer's root certificate, DER: what the browser pins (design D19: only from the configured place). */
  trustAnchor(identifier: string): Promise<Uint8Array>;
}

export interface DirectoryOptions {
  readonly config: WalletConfig;
  readonly documents: RemoteDocuments;
  readonly egress: Egress;
  readonly clock: Clock;
}

/** How long the catalogue goes without an issuer that did not answer, rather than make every visitor wait for it. */
const silentMilliseconds = 5000;

const objects = (value: Json | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);
const strings = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
const address = (value: Json | undefined): URL | undefined =>
  typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;

function required(value: Json | undefined, name: string): URL {
  const url = address(value);
  if (!url) throw walletFault('unavailable', `metadata without ${name}`);
  return url;
}

function readOfferings(configurations: Json | undefined): readonly Offering[] {
  if (!isJsonObject(configurations)) return [];
  return Object.entries(configurations).flatMap(([id, metadata]) => {
    if (!isJsonObject(metadata)) return [];
    const { scope, credential_metadata: described, display } = metadata;
    // OpenID4VCI 1.0 keeps display under credential_metadata; earlier drafts beside it (standards WL-9).
    const shown = objects(isJsonObject(described) ? described.display : display);
    return [{ id, scope: typeof scope === 'string' ? scope : undefined, display: shown, metadata }];
  });
}

/** OpenID4VCI 1.0 §12.2.3: the identifier in the metadata must be the one that was asked for (standards WL-2). */
export function readIssuerMetadata(identifier: string, metadata: JsonObject): KnownIssuer {
  if (metadata.credential_issuer !== identifier) throw walletFault('unavailable', 'metadata of another issuer');
  const servers = strings(metadata.authorization_servers);
  return {
    identifier,
    display: objects(metadata.display),
    authorizationServers: servers.length > 0 ? servers : [identifier],
    credentialEndpoint: required(metadata.credential_endpoint, 'credential_endpoint'),
    nonceEndpoint: address(metadata.nonce_endpoint),
    offerings: readOfferings(metadata.credential_configurations_supported),
  };
}

/** RFC 8414 §3.3: `issuer` must be the one that was asked for. */
export function readServerMetadata(issuer: string, metadata: JsonObject): AuthorizationServer {
  if (metadata.issuer !== issuer) throw walletFault('unavailable', 'metadata of another authorization server');
  return {
    issuer,
    authorizationEndpoint: required(metadata.authorization_endpoint, 'authorization_endpoint'),
    tokenEndpoint: required(metadata.token_endpoint, 'token_endpoint'),
    pushedAuthorizationRequestEndpoint: address(metadata.pushed_authorization_request_endpoint),
    jwksUri: required(metadata.jwks_uri, 'jwks_uri'),
    namesItselfInAnswers: metadata.authorization_response_iss_parameter_supported === true,
  };
}

/** DER as it is, or the first certificate of a PEM file. */
function readCertificate(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  const pem = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(text)?.[1];
  return pem === undefined ? bytes : Buffer.from(pem, 'base64');
}

/** What this wallet knows of its neighbours: everything from metadata, nothing from constants (features A05). */
export function createIssuerDirectory({ config, documents, egress, clock }: DirectoryOptions): IssuerDirectory {
  const anchors = new Map(config.issuers.map(({ identifier, trustAnchor }) => [identifier, trustAnchor]));

  const silentUntil = new Map<string, number>();

  async function document(url: URL): Promise<JsonObject> {
    return documents.read(url).catch((cause: unknown) => Promise.reject(walletFault('unavailable', cause)));
  }

  async function read(identifier: string): Promise<KnownIssuer> {
    if (!anchors.has(identifier)) throw walletFault('unknown_office', 'an issuer that is not configured');
    const url = new URL(wellKnownPath('openid-credential-issuer', new URL(identifier)), identifier);
    return readIssuerMetadata(identifier, await document(url));
  }

  return {
    read,
    async all() {
      const now = clock.now().getTime();
      const asked = [...anchors.keys()].filter((identifier) => (silentUntil.get(identifier) ?? 0) <= now);
      const answers = await Promise.all(
        asked.map((identifier) =>
          read(identifier).catch(() => {
            silentUntil.set(identifier, clock.now().getTime() + silentMilliseconds);
            return undefined;
          }),
        ),
      );
      return answers.filter((issuer) => issuer !== undefined);
    },
    async readServer(issuer) {
      const url = new URL(wellKnownPath('oauth-authorization-server', new URL(issuer)), issuer);
      return readServerMetadata(issuer, await document(url));
    },
    async trustAnchor(identifier) {
      const place = anchors.get(identifier);
      if (place === undefined) throw walletFault('unknown_office', 'an issuer that is not configured');
      if (!/^https?:/.test(place)) return readCertificate(await readFile(place.startsWith('file:') ? fileURLToPath(place) : place));
      const { status, body } = await egress
        .fetch(new URL(place), { maximumBytes: 64 * 1024 })
        .catch((cause: unknown) => Promise.reject(walletFault('unavailable', cause)));
      if (status !== 200) throw walletFault('unavailable', 'no root certificate');
      return readCertificate(body);
    },
  };
}
