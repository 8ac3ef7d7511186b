import { addSeconds, type Clock } from '../lib/clock.ts';
import type { Json } from '../lib/json.ts';
import { seal, unseal } from '../lib/seal.ts';
import type { Challenge, FactorName } from '../registry/registry.ts';
import type { Store } from '../store/store.ts';

/** Where a sign-in stands. It is written only by our own steps, so what opens is what was sealed. */
export type LoginState =
  | { readonly stage: 'identify'; readonly individualId?: string; readonly factor?: FactorName }
  | { readonly stage: 'evidence'; readonly challenge: Challenge }
  | {
      readonly stage: 'consent';
      readonly individualId: string;
      readonly accountId: string;
      readonly factor: FactorName;
      readonly authenticatedAt: number;
    };

/** The steps of sign-ins between two requests, encrypted, by the engine's interaction. */
export interface LoginStates {
  read(uid: string): Promise<LoginState>;
  write(uid: string, state: LoginState): Promise<void>;
  remove(uid: string): Promise<void>;
}

const kind = 'login-state';
const lifeSeconds = 900;

export function createLoginStates(store: Store, secret: Uint8Array, clock: Clock): LoginStates {
  const context = (uid: string) => `${kind}|${uid}`;
  return {
    async read(uid) {
      const sealed = await store.get(kind, uid);
      const opened = typeof sealed === 'string' ? unseal(secret, context(uid), sealed) : undefined;
      return (opened as LoginState | undefined) ?? { stage: 'identify' };
    },
    write: (uid, state) => store.put(kind, uid, seal(secret, context(uid), state as unknown as Json), addSeconds(clock.now(), lifeSeconds)),
    remove: (uid) => store.remove(kind, uid),
  };
}
