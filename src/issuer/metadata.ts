import type { IssuerConfig } from '../config-schema.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import { readAcceptLanguage } from '../lib/language.ts';
import { issuerRoutes } from '../routes.ts';
import type { CredentialType } from './credential-type.ts';
import { canDefer } from './deferred/deferral-reason.ts';
import { bindingMetadata } from './proofs/holder-binding.ts';

/** Logos by the file they were read from: their public addresses. */
export type LogoAddresses = ReadonlyMap<string, string>;

function displayOf({ display }: IssuerConfig, logos: LogoAddresses): readonly JsonObject[] {
  return display.map(({ name, locale, logo }) => {
    const uri = logo && logos.get(logo.file);
    return { name, locale, ...(logo && uri ? { logo: { uri, url: uri, alt_text: logo.altText } } : {}) };
  });
}

/** Older wallets look for the logo under the name it had before `uri` (features B55). */
function withOlderLogo(entry: JsonObject): JsonObject {
  const { logo } = entry;
  return isJsonObject(logo) && logo.uri !== undefined ? { ...entry, logo: { ...logo, url: logo.uri } } : entry;
}

/** OpenID4VCI 1.0 §12.2.4, one configuration; the format adds its own members (appendix A). */
function configurationOf({ scope, binding, formatMetadata, display, described }: CredentialType): JsonObject {
  return {
    ...formatMetadata,
    scope,
    ...bindingMetadata(binding),
    credential_metadata: {
      display: display.map(withOlderLogo),
      claims: described.map(({ path, mandatory, display: labels }) => ({ path, mandatory, display: labels })),
    },
  };
}

/** The Credential Issuer metadata (OpenID4VCI 1.0 §12.2.4), all languages. */
export function issuerMetadata(config: IssuerConfig, types: readonly CredentialType[], logos: LogoAddresses): JsonObject {
  const { identifier } = config;
  return {
    credential_issuer: identifier,
    authorization_servers: config.authorizationServers.map(({ issuer }) => issuer),
    credential_endpoint: identifier + issuerRoutes.credential,
    ...(canDefer(config.deferral, types) ? { deferred_credential_endpoint: identifier + issuerRoutes.deferredCredential } : {}),
    nonce_endpoint: identifier + issuerRoutes.nonce,
    notification_endpoint: identifier + issuerRoutes.notification,
    // Without it an issuer takes one proof in a request.
    ...(config.batchSize === undefined ? {} : { batch_credential_issuance: { batch_size: config.batchSize } }),
    display: displayOf(config, logos),
    credential_configurations_supported: Object.fromEntries(types.map((type) => [type.id, configurationOf(type)])),
  };
}

/** Every `display` list reduced to one language; a list that lacks it keeps all its entries (§12.2.2). */
export function inLanguage<Value>(value: Value, language: string): Value {
  if (Array.isArray(value)) {
    const localised = value.length > 0 && value.every((entry) => typeof entry === 'object' && entry !== null && 'locale' in entry);
    const kept = localised ? value.filter((entry: { locale: string }) => entry.locale === language) : value;
    return (kept.length > 0 ? kept : value).map((entry: unknown) => inLanguage(entry, language)) as Value;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, inLanguage(entry, language)])) as Value;
}

/** Languages the issuer's own name is written in. */
export function languagesOf({ display }: IssuerConfig): readonly string[] {
  return [...new Set(display.map(({ locale }) => locale))];
}

/** RFC 9110 §12.5.4 over exact and prefix matches; `undefined` when nothing asked for is there. */
export function chooseLanguage(header: string | undefined, offered: readonly string[]): string | undefined {
  for (const tag of readAcceptLanguage(header)) {
    const found =
      offered.find((language) => language.toLowerCase() === tag) ??
      offered.find((language) => tag.startsWith(`${language.toLowerCase()}-`) || language.toLowerCase().startsWith(`${tag}-`));
    if (found) return found;
  }
  return undefined;
}
