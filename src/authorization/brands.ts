import { isJsonObject } from '../lib/json.ts';
import { displayIn } from './consent.ts';
import type { CredentialIssuers, OfferedType } from './credential-issuers.ts';

/** The class an authority's colour goes by in the stylesheet. */
export function brandClass(issuer: string): string {
  return `brand-${
    new URL(issuer).pathname
      .replace(/[^a-z0-9]+/gi, '-')
      .replace(/^-|-$/g, '')
      .toLowerCase() || 'issuer'
  }`;
}

function colorOf({ configuration }: OfferedType): string | undefined {
  const metadata = configuration.credential_metadata;
  const color = isJsonObject(metadata) ? displayIn(metadata.display, 'en').background_color : undefined;
  return typeof color === 'string' ? color : undefined;
}

/** The colours of every authority we serve, from their public display data; one that does not answer has none. */
export async function brandsOf(
  identifiers: readonly string[],
  issuers: CredentialIssuers,
): Promise<readonly { readonly className: string; readonly color: string }[]> {
  const answers = await Promise.allSettled(
    identifiers.map(async (issuer) => ({ issuer, color: (await issuers.typesOf(issuer)).map(colorOf).find(Boolean) })),
  );
  return answers.flatMap((answer) =>
    answer.status === 'fulfilled' && answer.value.color ? [{ className: brandClass(answer.value.issuer), color: answer.value.color }] : [],
  );
}
