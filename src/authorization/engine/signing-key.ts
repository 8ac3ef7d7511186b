import { createPublicKey, type KeyObject, type webcrypto } from 'node:crypto';
import { ExternalSigningKey } from 'oidc-provider';
import type { KeyStore, PublicJwk, Signer } from '../../keys/keys.ts';

/** A key of the key store as the engine uses one: it asks for signatures and never sees the private key. */
class StoredSigningKey extends ExternalSigningKey {
  readonly #publicJwk: PublicJwk;
  readonly #signer: Signer | undefined;

  constructor(publicJwk: PublicJwk, signer?: Signer) {
    super();
    this.#publicJwk = publicJwk;
    this.#signer = signer;
  }

  override get kid(): string | undefined {
    return this.#publicJwk.kid;
  }

  override get alg(): string | undefined {
    return this.#publicJwk.alg;
  }

  override keyObject(): KeyObject {
    const { kty, crv, x, y } = this.#publicJwk;
    return createPublicKey({ key: { kty, crv, x, y } as webcrypto.JsonWebKey, format: 'jwk' });
  }

  override async sign(data: Uint8Array): Promise<Uint8Array> {
    if (!this.#signer) throw new Error('A retired key signs no more.');
    return this.#signer.sign(data);
  }
}

export interface EngineKeys {
  readonly jwks: { readonly keys: ExternalSigningKey[] };
  readonly accessTokenKeyId: string;
  /** Changes whenever a key is added, comes into force or retires. */
  readonly version: string;
}

async function keysOf(
  keys: KeyStore,
  purpose: 'id-token' | 'access-token',
): Promise<{ readonly active: Signer; readonly published: readonly PublicJwk[] }> {
  return { active: await keys.signer(purpose), published: await keys.published(purpose) };
}

/** The keys of both token purposes: those in force first, because the engine signs with the first that fits. */
export async function readEngineKeys(keys: KeyStore): Promise<EngineKeys> {
  const purposes = [await keysOf(keys, 'id-token'), await keysOf(keys, 'access-token')] as const;
  const inForce = purposes.map(({ active }) => new StoredSigningKey(active.publicJwk, active));
  const others = purposes.flatMap(({ active, published }) =>
    published.filter(({ kid }) => kid !== active.keyId).map((jwk) => new StoredSigningKey(jwk)),
  );
  const all = [...inForce, ...others];
  return { jwks: { keys: all }, accessTokenKeyId: purposes[1].active.keyId, version: all.map(({ kid }) => kid).join(' ') };
}
