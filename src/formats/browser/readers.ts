import type { CredentialReader } from './credential-reader.ts';
import { jwtVcJsonReader } from './jwt-vc-json.ts';
import { msoMdocReader } from './mso-mdoc.ts';
import { sdJwtVcReader } from './sd-jwt-vc.ts';

/** Readers by Credential Format Identifier: the one place that knows which formats this wallet reads. */
const readers: Readonly<Record<string, CredentialReader>> = {
  'dc+sd-jwt': sdJwtVcReader,
  jwt_vc_json: jwtVcJsonReader,
  mso_mdoc: msoMdocReader,
};

export function findReader(configuration: Readonly<Record<string, unknown>>): CredentialReader | undefined {
  const { format } = configuration;
  return typeof format === 'string' && Object.hasOwn(readers, format) ? readers[format] : undefined;
}
