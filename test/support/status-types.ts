import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CredentialFormat } from '../../src/formats/format.ts';
import { msoMdoc } from '../../src/formats/mso-mdoc/mso-mdoc.ts';
import { sdJwtVc } from '../../src/formats/sd-jwt-vc/sd-jwt-vc.ts';
import type { IssuerOptions } from '../../src/issuer/issuer.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { cardType } from './issuer-nodes.ts';

/** One card in every encoding there is, each with the status list its verifiers read. */
export const statusTypes: readonly JsonObject[] = [
  {
    id: 'Mdoc',
    format: msoMdoc.identifier,
    profile: { doctype: 'org.example.card', namespaces: { 'org.example.1': { name: { claim: ['name'], encoding: 'text' } } } },
    status: 'token_status_list',
  },
];

export const statusFormats: readonly CredentialFormat<unknown>[] = [sdJwtVc, msoMdoc];

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
