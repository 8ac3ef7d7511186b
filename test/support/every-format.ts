import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../src/lib/json.ts';
import { writeDemoConfig } from './demo-config.ts';
import { documentLoader, verifyDataIntegrity } from './judge-data-integrity.ts';
import { verifyJwtVc } from './judge-jwt-vc.ts';
import { judgeByOwf } from './judge-mdoc-owf.ts';
import { verifySdJwtVc } from './judge-sd-jwt.ts';

const label = (name: string) => [{ name, locale: 'en' }];

/** The one format no document of the demo has, as Mimoto's users know it: VCDM 1.1 under Ed25519Signature2020. */
const fieldCard = {
  id: 'FieldCard',
  version: 1,
  state: 'published',
  scope: 'field_card',
  format: 'ldp_vc',
  profile: {
    dataModel: '1.1',
    suite: 'Ed25519Signature2020',
    types: ['FieldCard'],
    contexts: [
      {
        name: 'field-card',
        '@context': {
          FieldCard: 'https://orsana.example/terms#FieldCard',
          full_name: 'https://orsana.example/terms#full_name',
          farmer_number: 'https://orsana.example/terms#farmer_number',
        },
      },
    ],
  },
  binding: { methods: ['jwk', 'did:jwk', 'did:key'], proofs: { jwt: { algorithms: ['ES256', 'EdDSA'] } } },
  validityDays: 365,
  display: label('Field card'),
  claims: ['full_name', 'farmer_number'].map((name) => ({ path: [name], mandatory: true, disclosure: 'always', display: label(name) })),
  mapping: { full_name: { $claim: 'given_name' }, farmer_number: { $claim: 'individual_id' } },
};

/** One configuration of the civil registry in each format, and its scope. */
export const everyFormat = {
  NationalIdentity: 'national_identity',
  DrivingLicence: 'driving_licence',
  ResidenceCertificate: 'residence_certificate',
  FieldCard: 'field_card',
} as const;
export type EachFormat = keyof typeof everyFormat;

/** The demo with a document in every format, each to be had by code and by pre-authorized code, messages encrypted for who wants it. */
export async function demoInEveryFormat(): Promise<{ file: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-formats-'));
  const type = join(folder, 'field-card.json');
  await writeFile(type, JSON.stringify(fieldCard));
  const { file, remove } = await writeDemoConfig(({ authorization, issuers }) => {
    const configurations = Object.keys(everyFormat);
    Object.assign(authorization, { preAuthorizedCode: { configurations, transactionCode: 'optional', anonymous: true } });
    issuers['civil-registry']?.types.push(type);
    Object.assign(issuers['civil-registry'] ?? {}, { messageEncryption: 'optional' });
  });
  return {
    file,
    async remove() {
      await remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Has a credential of one of these configurations judged by a library that is neither ours nor the wallet's. Throws when it is not good. */
export async function judge(issuer: string, id: EachFormat, credential: unknown): Promise<void> {
  const root = new URL(`${issuer}/trust-anchor.cer`);
  if (id === 'NationalIdentity') await verifySdJwtVc(String(credential), root);
  else if (id === 'ResidenceCertificate') await verifyJwtVc(String(credential), root);
  else if (id === 'DrivingLicence') {
    const { faults, passed } = await judgeByOwf(String(credential), new Uint8Array(await (await fetch(root)).arrayBuffer()));
    if (faults.length > 0 || passed === 0) throw new Error(`not verified: ${faults.join('; ')}`);
  } else {
    const read = async (path: string) => (await (await fetch(`${issuer}${path}`)).json()) as JsonObject;
    const context = '/contexts/field-card/v1';
    const loader = documentLoader(await read('/did.json'), new Map([[issuer + context, await read(context)]]));
    await verifyDataIntegrity(credential as JsonObject, 'Ed25519Signature2020', loader);
  }
}
