import type { IssuerConfig } from '../../config-schema.ts';
import type { CredentialDocuments } from '../../formats/credential-documents.ts';
import type { PublishedDocument } from '../../formats/format.ts';
import type { JsonObject } from '../../lib/json.ts';
import { StartFault } from '../../lib/start-fault.ts';
import { credentialKeyOf } from '../credential-key.ts';
import type { TypeCatalogue } from '../types/type-catalogue.ts';
import type { DocumentIssuer } from './issue-document.ts';

export interface DocumentIssuerOptions extends Pick<DocumentIssuer, 'keys' | 'ledger' | 'statusLists' | 'clock'> {
  readonly documents?: CredentialDocuments;
}

interface Opened {
  readonly config: IssuerConfig;
  readonly catalogue: TypeCatalogue;
}

const read = new WeakMap<PublishedDocument, JsonObject>();

/** What a published document says, read once. */
function contentOf(document: PublishedDocument): JsonObject {
  const known = read.get(document) ?? (JSON.parse(Buffer.from(document.body).toString('utf8')) as JsonObject);
  read.set(document, known);
  return known;
}

/** The contexts of every type that was ever offered: its credentials are still out there. */
function contextsOf({ config, catalogue }: Opened): ReadonlyMap<string, JsonObject> {
  const documents = [...catalogue.current().documents].filter(([, { mediaType }]) => mediaType === 'application/ld+json');
  return new Map(documents.map(([path, document]) => [config.identifier + path, contentOf(document)]));
}

/** The issuers whose settings switch the VC API on, with their keys made. Throws `StartFault` for a suite there is not. */
export async function openDocumentIssuers(opened: readonly Opened[], options: DocumentIssuerOptions): Promise<readonly DocumentIssuer[]> {
  const { documents, keys, ledger, statusLists, clock } = options;
  const serving: DocumentIssuer[] = [];
  for (const issuer of opened) {
    const { config, catalogue } = issuer;
    const choice = config.vcApi;
    if (!choice) continue;
    const algorithm = documents?.findAlgorithm(choice);
    if (!documents || algorithm === undefined)
      throw new StartFault(
        `issuers.${config.name}.vcApi asks for ${choice.suite} ${choice.algorithm ?? ''}, which is not among the suites. Correct the configuration file.`,
      );
    await keys.signer(credentialKeyOf(config.name, undefined), algorithm);
    const contexts = () => contextsOf(issuer);
    const keyNames = () => catalogue.current().keys;
    serving.push({ config, choice, algorithm, documents, contexts, keyNames, keys, ledger, statusLists, clock });
  }
  return serving;
}
