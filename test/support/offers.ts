import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDemoConfig } from './demo-config.ts';
import type { Instance } from './instance.ts';

export interface MadeOffer {
  readonly link: string;
  readonly code: string;
  readonly txCode: string | undefined;
  readonly offer: Readonly<Record<string, unknown>>;
}

export const preAuthorizedCodeGrant = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';

export interface OfferSettings {
  readonly anonymous?: boolean;
  /** Further clients. */
  readonly clients?: readonly Record<string, unknown>[];
  /** Configurations beside those of the demo. */
  readonly configurations?: readonly string[];
  /** Anything else of the settings that is to be different. */
  readonly change?: Parameters<typeof writeDemoConfig>[0];
}

/** The demo with pre-authorized codes switched on for some of its types. */
export const demoWithPreAuthorizedCodes = ({ anonymous = false, clients = [], configurations: further = [], change }: OfferSettings = {}) =>
  writeDemoConfig((config) => {
    const { authorization } = config;
    change?.(config);
    const configurations = ['NationalIdentity', 'FarmerCard', 'DrivingLicence', ...further];
    Object.assign(authorization, { preAuthorizedCode: { configurations, transactionCode: 'optional', anonymous, pushedClaims: true } });
    authorization.clients.push(...clients);
  });

/** Asks as the first operator does, with the key in the data folder. */
export async function askOperators({ operators, dataFolder }: Instance, path: string, body: unknown): Promise<Response> {
  const key = (await readFile(join(dataFolder, 'operator-key'), 'utf8')).trim();
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return fetch(new URL(path, operators), { method: 'POST', headers, body: JSON.stringify(body) });
}

/** One offer with a pre-authorized code, as a clerk makes it. */
export async function makeOffer(instance: Instance, order: object): Promise<MadeOffer> {
  const answer = await askOperators(instance, '/pre-authorized-codes', order);
  if (answer.status !== 201) throw new Error(`No offer was made: ${answer.status} ${await answer.text()}`);
  const {
    credential_offer: offer,
    link,
    tx_code: txCode,
  } = (await answer.json()) as {
    credential_offer: { grants: Record<string, { 'pre-authorized_code': string }> };
    link: string;
    tx_code?: string;
  };
  return { offer, link, txCode, code: offer.grants[preAuthorizedCodeGrant]?.['pre-authorized_code'] ?? '' };
}
