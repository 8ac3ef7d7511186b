import type { PublicJwk } from '../keys/keys.ts';
import { isJsonObject, type Json, type JsonObject } from '../lib/json.ts';
import { readPublicJwk } from '../oauth/public-key.ts';
import type { RemoteDocuments } from '../oauth/remote-documents.ts';
import { issuerRoutes, wellKnownPath } from '../routes.ts';

/** A credential type as its issuer's public metadata describes it. */
export interface OfferedType {
  readonly issuer: string;
  readonly configurationId: string;
  readonly scope: string | undefined;
  readonly configuration: JsonObject;
  /** The whole metadata of its issuer, for the consent page. */
  readonly metadata: JsonObject;
}

/** What the authorization layer knows of the Credential Issuers it serves: only what anybody may read of them. */
export interface CredentialIssuers {
  /** The types whose scope is among those asked for; unknown scopes are nobody's (standards V-13). */
  findByScopes(scopes: readonly string[]): Promise<readonly OfferedType[]>;
  findByConfiguration(configurationId: string, locations: readonly string[] | undefined): Promise<OfferedType | undefined>;
  /** All types of one issuer. */
  typesOf(issuer: string): Promise<readonly OfferedType[]>;
  serves(issuer: string): boolean;
  /** The key an issuer publishes for us to seal registry references to (design D6). */
  encryptionKey(issuer: string): Promise<PublicJwk>;
}

function readTypes(issuer: string, metadata: JsonObject): readonly OfferedType[] {
  const supported = metadata.credential_configurations_supported;
  if (metadata.credential_issuer !== issuer || !isJsonObject(supported))
    throw new Error(`The metadata of ${issuer} does not fit its address.`);
  return Object.entries(supported).flatMap(([configurationId, configuration]) => {
    if (!isJsonObject(configuration)) return [];
    const { scope } = configuration;
    return [{ issuer, configurationId, scope: typeof scope === 'string' ? scope : undefined, configuration, metadata }];
  });
}

function chooseEncryptionKey(keys: Json | undefined): PublicJwk | undefined {
  const candidates = (Array.isArray(keys) ? keys : [])
    .filter(isJsonObject)
    .filter(({ use, alg }) => use === 'enc' && (alg === undefined || alg === 'ECDH-ES'));
  for (const candidate of candidates) {
    const jwk = readPublicJwk(candidate);
    const { kid } = candidate;
    if (jwk && typeof kid === 'string') return { ...jwk, kid };
  }
  return undefined;
}

export function createCredentialIssuers(identifiers: readonly string[], documents: RemoteDocuments): CredentialIssuers {
  async function typesOf(issuer: string): Promise<readonly OfferedType[]> {
    const url = new URL(issuer);
    return readTypes(issuer, await documents.read(new URL(wellKnownPath('openid-credential-issuer', url), url)));
  }

  /** All issuers; one that does not answer is left out, so that it does not stop the others. */
  async function allTypes(): Promise<readonly OfferedType[]> {
    const answers = await Promise.allSettled(identifiers.map(typesOf));
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  }

  return {
    typesOf,
    serves: (issuer) => identifiers.includes(issuer),
    async findByScopes(scopes) {
      if (scopes.length === 0) return [];
      return (await allTypes()).filter(({ scope }) => scope !== undefined && scopes.includes(scope));
    },
    async findByConfiguration(configurationId, locations) {
      const found = (await allTypes()).filter(
        (type) => type.configurationId === configurationId && (locations === undefined || locations.includes(type.issuer)),
      );
      // Without `locations` only a configuration of one issuer is unambiguous.
      return found.length === 1 ? found[0] : undefined;
    },
    async encryptionKey(issuer) {
      const { keys } = await documents.read(new URL(`${issuer}${issuerRoutes.jwks}`));
      const key = chooseEncryptionKey(keys);
      if (!key) throw new Error(`${issuer} publishes no key to seal a registry reference to.`);
      return key;
    },
  };
}
