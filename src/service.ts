import type { Mode } from './config-schema.ts';
import type { KeyStore } from './keys/keys.ts';
import type { Clock } from './lib/clock.ts';
import type { Egress } from './lib/egress.ts';
import type { Log } from './lib/log.ts';
import type { Store } from './store/store.ts';

/** What each of the three services is handed, whatever process it lives in. */
export interface ServiceTools {
  readonly mode: Mode;
  readonly store: Store;
  readonly keys: KeyStore;
  readonly egress: Egress;
  readonly clock: Clock;
  readonly log: Log;
}
