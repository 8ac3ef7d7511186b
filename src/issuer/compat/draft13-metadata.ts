import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import type { CredentialType } from '../credential-type.ts';
import { algorithmsThen, nameThen } from './draft13-request.ts';

interface Described {
  readonly path: readonly (string | number | null)[];
  readonly mandatory: boolean;
  readonly display: readonly JsonObject[];
}

/** Draft 13 writes `uri` for a logo; the readers of Inji want `url`, and both want words for who cannot see it. */
function logoThen(logo: Json | undefined, altText: Json | undefined): JsonObject {
  return isJsonObject(logo) ? { logo: { alt_text: altText ?? '', ...logo, url: logo.uri ?? '' } } : {};
}

/** standards D-7: Mimoto refuses a whole issuer when one display lacks its logo or a colour; plain ones stand in. */
function displayThen(display: readonly JsonObject[], ofIssuer: readonly JsonObject[]): readonly JsonObject[] {
  return display.map((entry) => {
    const fallback = ofIssuer.find(({ locale }) => locale === entry.locale) ?? ofIssuer[0];
    const logo = entry.logo ?? fallback?.logo;
    return { background_color: '#ffffff', text_color: '#000000', ...entry, ...logoThen(logo, entry.name) };
  });
}

/** Draft 13 appendix A: claims by name and not by path. What lies deeper than the name shares its label. */
function claimsThen(claims: readonly Described[], depth: number, locale: Json): Map<string, JsonObject> {
  const named = new Map<string, JsonObject>();
  for (const { path, mandatory, display } of claims) {
    const name = String(path[depth]);
    const whole = path.length === depth + 1;
    const known = named.get(name);
    // Without a label a wallet of the time shows nothing, or refuses the issuer: the claim's own name stands in.
    const labels = whole && display.length > 0 ? display : (known?.display ?? [{ name, locale }]);
    named.set(name, { mandatory: whole ? mandatory : (known?.mandatory ?? false), display: labels as Json });
  }
  return named;
}

function claimMembers(claims: readonly Described[], configuration: JsonObject, locale: Json): JsonObject {
  const { doctype, credential_definition: definition } = configuration;
  if (isJsonObject(definition)) {
    const subject = claimsThen(claims, 1, locale);
    return { credential_definition: { ...definition, credentialSubject: Object.fromEntries(subject) }, order: [...subject.keys()] };
  }
  if (doctype === undefined) {
    const named = claimsThen(claims, 0, locale);
    return { claims: Object.fromEntries(named), order: [...named.keys()] };
  }
  // Appendix A.2: by namespace, and in the order with a tilde between.
  const spaces = Map.groupBy(claims, ({ path }) => String(path[0]));
  const inSpaces = [...spaces].map(([space, within]) => [space, claimsThen(within, 1, locale)] as const);
  return {
    claims: Object.fromEntries(inSpaces.map(([space, named]) => [space, Object.fromEntries(named)])),
    order: inSpaces.flatMap(([space, named]) => [...named.keys()].map((name) => `${space}~${name}`)),
  };
}

/** Draft 13 §11.2.3, one configuration: display and claims at its own level, names of algorithms as JOSE has them. */
function configurationThen(configuration: JsonObject, type: CredentialType, ofIssuer: readonly JsonObject[]): JsonObject {
  const { credential_metadata: described, credential_signing_alg_values_supported: algorithms = [], ...others } = configuration;
  const { display, claims } = described as unknown as { display: readonly JsonObject[]; claims: readonly Described[] };
  return {
    ...others,
    format: nameThen(type),
    credential_signing_alg_values_supported: (algorithms as readonly Json[]).map((name) =>
      typeof name === 'number' ? type.algorithm : name,
    ),
    proof_types_supported: { jwt: { proof_signing_alg_values_supported: algorithmsThen(type) } },
    display: displayThen(display, ofIssuer),
    ...claimMembers(claims, configuration, display[0]?.locale ?? 'en'),
  };
}

/** The Credential Issuer metadata in the shape of draft 13 §11.2.3, from those of 1.0; what is new in 1.0 is left out (standards D-13). */
export function draft13Metadata(metadata: JsonObject, types: readonly CredentialType[]): JsonObject {
  const { credential_issuer, authorization_servers, credential_endpoint, notification_endpoint, nonce_endpoint } = metadata;
  const display = metadata.display as readonly JsonObject[];
  const configurations = metadata.credential_configurations_supported as Readonly<Record<string, JsonObject>>;
  return {
    credential_issuer: credential_issuer as Json,
    authorization_servers: authorization_servers as Json,
    credential_endpoint: credential_endpoint as Json,
    notification_endpoint: notification_endpoint as Json,
    // Not of draft 13: its readers pass over it, and those of draft 14 ask there.
    nonce_endpoint: nonce_endpoint as Json,
    display: display.map((entry) => ({ ...entry, ...logoThen(entry.logo, entry.name) })),
    credential_configurations_supported: Object.fromEntries(
      // Mimoto refuses the whole issuer for one that is proven in no way it knows (standards D-7).
      types
        .filter((type) => algorithmsThen(type).length > 0)
        .map((type) => [type.id, configurationThen(configurations[type.id] ?? {}, type, display)]),
    ),
  };
}
