import type { ClientMetadata } from 'oidc-provider';
import type { ClientConfig } from '../../config-schema.ts';

/** OpenID Connect Registration §2: a client whose answers come back to a scheme of its own, or to a loopback address, is native. */
function applicationType(redirectUris: readonly string[]): 'web' | 'native' {
  const isWeb = ({ protocol, hostname }: URL) => protocol === 'https:' || (protocol === 'http:' && hostname === 'localhost');
  return redirectUris.every((uri) => isWeb(new URL(uri))) ? 'web' : 'native';
}

/** A configured client in the engine's words; what is not said stays at the strict default. */
export function clientMetadata(client: ClientConfig): ClientMetadata {
  const { clientId, name, redirectUris, authentication, jwksUri, jwks } = client;
  return {
    client_id: clientId,
    client_name: name.en ?? clientId,
    redirect_uris: [...redirectUris],
    application_type: applicationType(redirectUris),
    token_endpoint_auth_method: authentication,
    grant_types: client.refreshTokens ? ['authorization_code', 'refresh_token'] : ['authorization_code'],
    response_types: ['code'],
    authorization_details_types: ['openid_credential'],
    require_pushed_authorization_requests: client.requirePushedAuthorization ?? false,
    dpop_bound_access_tokens: client.requireDpop ?? false,
    ...(jwksUri ? { jwks_uri: jwksUri } : {}),
    ...(jwks && !jwksUri ? { jwks: jwks as { keys: never[] } } : {}),
  };
}
