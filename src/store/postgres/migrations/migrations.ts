import type { Migration } from 'kysely/migration';
import type { ServiceName } from '../connection.ts';
import { artifactTable } from './artifact-table.ts';
import { auditChain, auditTables } from './audit-chain.ts';
import { credentialTypeTables } from './credential-type-tables.ts';
import { deferralTable } from './deferral-table.ts';
import { handleTable } from './handle-table.ts';
import { ledgerEventTable } from './ledger-event-table.ts';
import { ledgerGroupTable } from './ledger-group-table.ts';
import { ledgerTables } from './ledger-tables.ts';
import { operatorTables } from './operator-tables.ts';
import { statusTables } from './status-tables.ts';

/** Each service's own way forward, in order of the names; a migration that was released is never changed. */
export const migrations: Readonly<Record<ServiceName, Record<string, Migration>>> = {
  wallet: { '0001-handle': handleTable },
  operators: { '0001-operator': operatorTables, '0002-audit': auditTables },
  authorization: { '0001-handle': handleTable, '0002-artifact': artifactTable },
  issuer: {
    '0001-handle': handleTable,
    '0002-ledger': ledgerTables,
    '0003-status': statusTables,
    '0004-ledger-event': ledgerEventTable,
    '0005-deferral': deferralTable,
    '0006-credential-type': credentialTypeTables,
    '0007-ledger-group': ledgerGroupTable,
    '0008-audit-chain': auditChain,
  },
};
