import { writeDemoConfig } from './demo-config.ts';
import { makeTestKey, type TestKey } from './issuer-stage.ts';

/** A relying party that has nothing to do with credentials: a confidential client with a key of its own. */
export interface RelyingParty {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly keyId: string;
  readonly key: TestKey;
  /** The demo's configuration with this client beside the others. */
  readonly configFile: string;
  remove(): Promise<void>;
}

export async function makeRelyingParty(): Promise<RelyingParty> {
  const [clientId, redirectUri, keyId] = ['relying-party', 'https://relying-party.example/callback', 'relying-party-1'];
  const key = await makeTestKey();
  const { file, remove } = await writeDemoConfig(({ authorization: { clients } }) =>
    clients.push({
      clientId,
      name: { en: 'Library' },
      redirectUris: [redirectUri],
      authentication: 'private_key_jwt',
      jwks: { keys: [{ ...key.publicJwk, kid: keyId, alg: 'ES256', use: 'sig' }] },
    }),
  );
  return { clientId, redirectUri, keyId, key, configFile: file, remove };
}
