import type { JsonObject } from '../lib/json.ts';
import type { Grant } from './access-token.ts';
import type { CredentialType } from './credential-type.ts';

/** A credential request on its way through the door: its body, and the types as its sender names them. */
export interface Asked {
  readonly body: JsonObject;
  readonly types: readonly CredentialType[];
}

/**
 * An older wire form of the protocol. Everything behind the door speaks OpenID4VCI 1.0; a dialect turns what its clients send
 * into that, and what they get back into theirs.
 */
export interface Dialect {
  /** Values of `version` in the query by which its metadata are asked for. */
  readonly versions: readonly string[];
  /** Where its clients look for the metadata, below the issuer identifier. */
  readonly metadataPaths: readonly string[];
  /** The Credential Issuer metadata as its clients read them, from those of 1.0. */
  metadata(metadata: JsonObject, types: readonly CredentialType[]): JsonObject;
  /** Whether the body of a credential request is written in it. */
  speaks(body: JsonObject): boolean;
  /** Has a request served in the words of 1.0; the JSON text of the answer and every `Refusal` come back in its own. */
  converse(asked: Asked & { readonly grant: Grant }, serve: (translated: Asked) => Promise<string>): Promise<string>;
}
