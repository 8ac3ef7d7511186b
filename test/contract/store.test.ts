import { after } from 'node:test';
import { testCluster } from '../support/database.ts';
import { artifactsContract } from './artifacts.contract.ts';
import { auditContract } from './audit.contract.ts';
import { deferralsContract } from './deferrals.contract.ts';
import { ledgerContract } from './ledger.contract.ts';
import { operatorsContract } from './operators.contract.ts';
import { schemaContract } from './schema.contract.ts';
import { statusListsContract } from './status-lists.contract.ts';
import { storeContract } from './store.contract.ts';
import { startTestServer, type TestServer } from './store-server.ts';
import { typesContract } from './types.contract.ts';

let second: Promise<TestServer> | undefined;

/** Stands for DATABASE_URL: the same binaries, reached by TCP with a password. */
const byUrl = async () => {
  second ??= startTestServer({ access: 'tcp' });
  return (await second).server.connection;
};

after(async () => (await second)?.remove());

const contracts = [
  schemaContract,
  storeContract,
  artifactsContract,
  auditContract,
  ledgerContract,
  deferralsContract,
  statusListsContract,
  typesContract,
  operatorsContract,
];
for (const contract of contracts) {
  contract('the built-in cluster', testCluster);
  contract('DATABASE_URL', byUrl);
}
