import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CredentialFormat } from '../../src/formats/format.ts';
import { jwtVcJson } from '../../src/formats/jwt-vc-json/jwt-vc-json.ts';
import { ldpVc } from '../../src/formats/ldp-vc/ldp-vc.ts';
import { msoMdoc } from '../../src/formats/mso-mdoc/mso-mdoc.ts';
import { sdJwtVc } from '../../src/formats/sd-jwt-vc/sd-jwt-vc.ts';
import type { IssuerOptions } from '../../src/issuer/issuer.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { cardType } from './issuer-nodes.ts';

// VCDM 1.1 has no word for a name.
const nameContext = (name: string) => ({ name, '@context': { name: 'https://schema.org/name' } });
const linkedData = (id: string, profile: JsonObject): JsonObject => ({
  id,
  format: ldpVc.identifier,
  profile: { ...profile, types: ['https://example.org/Card'] },
  status: 'bitstring_status_list',
});

/** One card in every encoding there is, each with the status list its verifiers read. */
export const statusTypes: readonly JsonObject[] = [
  {
    id: 'Mdoc',
    format: msoMdoc.identifier,
    profile: { doctype: 'org.example.card', namespaces: { 'org.example.1': { name: { claim: ['name'], encoding: 'text' } } } },
    status: 'token_status_list',
  },
  {
    id: 'MdocEd',
    format: msoMdoc.identifier,
    profile: {
      doctype: 'org.example.card',
      algorithm: 'EdDSA',
      namespaces: { 'org.example.1': { name: { claim: ['name'], encoding: 'text' } } },
    },
    status: 'token_status_list',
  },
  { id: 'OwnAlgorithm', format: sdJwtVc.identifier, profile: { vct: 'ed', algorithm: 'EdDSA' }, status: 'token_status_list' },
  { id: 'OwnKey', format: sdJwtVc.identifier, profile: { vct: 'own' }, key: 'lists', status: 'token_status_list' },
  {
    id: 'JwtTokenEd',
    format: jwtVcJson.identifier,
    profile: { dataModel: '1.1', types: ['Card'], algorithm: 'EdDSA' },
    status: 'token_status_list',
  },
  { id: 'JwtToken', format: jwtVcJson.identifier, profile: { dataModel: '2.0', types: ['Card'] }, status: 'token_status_list' },
  { id: 'JwtOld', format: jwtVcJson.identifier, profile: { dataModel: '1.1', types: ['Card'] }, status: 'bitstring_status_list' },
  {
    id: 'JwtNew',
    format: jwtVcJson.identifier,
    profile: { dataModel: '2.0', types: ['Card'], algorithm: 'EdDSA' },
    status: 'bitstring_status_list',
  },
  linkedData('EddsaRdfc', { dataModel: '2.0', suite: 'eddsa-rdfc-2022' }),
  linkedData('EcdsaRdfc', { dataModel: '1.1', suite: 'ecdsa-rdfc-2019', contexts: [nameContext('ecdsa')] }),
  linkedData('Selective', { dataModel: '2.0', suite: 'ecdsa-sd-2023' }),
  linkedData('P384', { dataModel: '2.0', suite: 'ecdsa-rdfc-2019', algorithm: 'ES384' }),
  linkedData('EcdsaJcs', { dataModel: '2.0', suite: 'ecdsa-jcs-2019' }),
  linkedData('Ed2020', { dataModel: '1.1', suite: 'Ed25519Signature2020', contexts: [nameContext('ed2020')] }),
];

export const statusFormats: readonly CredentialFormat<unknown>[] = [sdJwtVc, msoMdoc, jwtVcJson, ldpVc];

/** Lets issuers under test offer them too. */
export async function withStatusTypes(): Promise<(options: IssuerOptions) => IssuerOptions> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-status-types-'));
  const [claim] = cardType.claims;
  const files = await Promise.all(
    statusTypes.map(async (type) => {
      const file = join(folder, `${type.id}.json`);
      const scope = String(type.id).toLowerCase();
      await writeFile(file, JSON.stringify({ ...cardType, scope, claims: [claim], mapping: { name: cardType.mapping.name }, ...type }));
      return file;
    }),
  );
  return (options) => ({
    ...options,
    formats: statusFormats,
    config: options.config.map((issuer) => ({ ...issuer, types: [...issuer.types, ...files] })),
  });
}
