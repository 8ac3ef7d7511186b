import { auditGuards } from './audit.ts';
import { authorizationGuards } from './authorization.ts';
import { canaryGuards } from './canaries.ts';
import { checkGuards } from './checks.ts';
import { compatGuards } from './compat.ts';
import { deferredGuards } from './deferred.ts';
import { formatGuards } from './formats.ts';
import type { Guard } from './guard.ts';
import { issuerGuards } from './issuer.ts';
import { ledgerGuards } from './ledger.ts';
import { lintGuards } from './lints.ts';
import { operatorGuards } from './operators.ts';
import { qrGuards } from './qr.ts';
import { storeGuards } from './store.ts';
import { tokenGuards } from './tokens.ts';
import { typeGuards } from './types.ts';
import { egressGuards, walletGuards } from './wallet.ts';

/** Every guard whose removal a test has to notice, by room. */
export const guards: Readonly<Record<string, readonly Guard[]>> = {
  'the formats': formatGuards,
  'the store': storeGuards,
  'ledger and status lists': ledgerGuards,
  'the audit trail': auditGuards,
  lints: lintGuards,
  tokens: tokenGuards,
  'the issuer': issuerGuards,
  'credential types': typeGuards,
  'what is put off': deferredGuards,
  'the authorization layer': authorizationGuards,
  'the operators': operatorGuards,
  'the wallet': walletGuards,
  'the way out': egressGuards,
  canaries: canaryGuards,
  'the checks': checkGuards,
  'older drafts': compatGuards,
  'QR codes': qrGuards,
};
