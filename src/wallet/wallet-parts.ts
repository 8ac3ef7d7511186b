import type { Mode, WalletConfig } from '../config-schema.ts';
import type { KeyStore } from '../keys/keys.ts';
import type { Egress } from '../lib/egress.ts';
import type { Log } from '../lib/log.ts';
import { createRemoteDocuments } from '../oauth/remote-documents.ts';
import { createRemoteKeys } from '../oauth/remote-keys.ts';
import { under, walletRoutes } from '../routes.ts';
import type { ServiceTools } from '../service.ts';
import { type BrowserSessions, createBrowserSessions } from './browser-session.ts';
import type { CallbackTools } from './callback.ts';
import { createIssuerAppearance, type IssuerAppearance } from './issuer-appearance.ts';
import { createIssuerDirectory } from './issuer-directory.ts';
import { createOAuthClient } from './oauth-client.ts';
import { createSealedRecords } from './sealed-records.ts';

export interface WalletOptions extends ServiceTools {
  /** The root of the wallet's host. */
  readonly publicUrl: URL;
  readonly config: WalletConfig;
}

/** What the routes of the wallet work with. */
export interface WalletParts extends CallbackTools {
  readonly mode: Mode;
  readonly publicUrl: URL;
  readonly log: Log;
  readonly egress: Egress;
  /** Our own keys; `keys` are those of authorization servers. */
  readonly ownKeys: KeyStore;
  readonly sessions: BrowserSessions;
  readonly appearance: IssuerAppearance;
}

export async function createWalletParts(options: WalletOptions): Promise<WalletParts> {
  const { mode, publicUrl, config, store, keys, egress, clock, log } = options;
  const documents = createRemoteDocuments({ egress, clock });
  const directory = createIssuerDirectory({ config, documents, egress, clock });
  const secret = await keys.secret('session');
  return {
    mode,
    publicUrl,
    log,
    egress,
    config,
    clock,
    directory,
    ownKeys: keys,
    keys: createRemoteKeys(documents, clock),
    redirectUri: under(publicUrl, walletRoutes.callback).href,
    client: createOAuthClient({ egress, keys, clock }),
    sessions: createBrowserSessions(publicUrl, secret),
    appearance: createIssuerAppearance(directory),
    logins: createSealedRecords('wallet-login', store, secret),
    issuances: createSealedRecords('wallet-issuance', store, secret),
  };
}
