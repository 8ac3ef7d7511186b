import { base64url, sha256Base64url } from '../../lib/bytes.ts';
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { checkMemberName, checkMemberNames, type DisclosurePlan, type SdJwtVcProfile } from './profile.ts';

/** What is signed, and the disclosures that go beside it, in the order they were made. */
export interface Encoded {
  readonly payload: string;
  readonly disclosures: readonly string[];
}

export type SaltSource = () => string;

const digestOf = (disclosure: string) => sha256Base64url(disclosure);

/**
 * The plain path: RFC 9901 §4.2 as it reads, one object at a time. It is the oracle of the compiled path
 * (design D5) and must give the same bytes when it is handed the same salts.
 */
export function encodePlain({ plan, decoys }: SdJwtVcProfile, registered: JsonObject, claims: JsonObject, salt: SaltSource): Encoded {
  const disclosures: string[] = [];

  function disclose(parts: readonly Json[]): string {
    const disclosure = base64url(JSON.stringify(parts));
    disclosures.push(disclosure);
    return digestOf(disclosure);
  }

  function encode(value: Json, node: DisclosurePlan | undefined): Json {
    if (!node) {
      checkMemberNames(value);
      return value;
    }
    if (Array.isArray(value)) return value.map((entry: Json, index) => encodeElement(entry, node.elements.get(index) ?? node.element));
    return isJsonObject(value) ? encodeObject(value, node, 0) : value;
  }

  function encodeElement(value: Json, node: DisclosurePlan | undefined): Json {
    const encoded = encode(value, node);
    return node?.selective ? { '...': disclose([salt(), encoded]) } : encoded;
  }

  function encodeObject(value: JsonObject, node: DisclosurePlan, decoyCount: number): JsonObject {
    const open: [string, Json][] = [];
    const digests: string[] = [];
    for (const [name, member] of Object.entries(value)) {
      checkMemberName(name, node === plan);
      const child = node.members.get(name);
      const encoded = encode(member, child);
      if (child?.selective) digests.push(disclose([salt(), name, encoded]));
      else open.push([name, encoded]);
    }
    for (let index = 0; index < decoyCount; index += 1) digests.push(digestOf(salt()));
    // Sorted, so that the order of digests says nothing of the order of claims (RFC 9901 §4.2.4.1).
    return Object.fromEntries(digests.length > 0 ? [...open, ['_sd', digests.sort()]] : open);
  }

  return { payload: JSON.stringify({ ...registered, ...encodeObject(claims, plan, decoys) }), disclosures };
}
