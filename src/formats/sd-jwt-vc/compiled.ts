import { base64url, sha256Base64url } from '../../lib/bytes.ts';
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import type { Encoded, SaltSource } from './plain.ts';
import { checkMemberName, checkMemberNames, type DisclosurePlan, type SdJwtVcProfile } from './profile.ts';

/** One credential in the making: what the writers share. */
interface Making {
  readonly salt: SaltSource;
  readonly disclosures: string[];
}

/** Writes a value as JSON text, disclosures on the side. */
type Writer = (value: Json, making: Making) => string;

/** In JSON text a member with a reserved name cannot hide: only text that holds one of these is worth a closer look. */
const suspect = /"(?:_sd|\.\.\.)":/;

const plain: Writer = (value) => {
  const text = JSON.stringify(value);
  if (suspect.test(text)) checkMemberNames(value);
  return text;
};

function disclose(text: string, making: Making): string {
  const disclosure = base64url(text);
  making.disclosures.push(disclosure);
  return sha256Base64url(disclosure);
}

interface Member {
  /** `"name":` for the open form, `,"name",` for the disclosure: encoded once per type. */
  readonly open: string;
  readonly hidden: string | undefined;
  readonly write: Writer;
}

function compileMember(name: string, node: DisclosurePlan): Member {
  const encoded = JSON.stringify(name);
  return { open: `${encoded}:`, hidden: node.selective ? `",${encoded},` : undefined, write: compileValue(node) };
}

function compileElement(node: DisclosurePlan | undefined): Writer {
  if (!node) return plain;
  const write = compileValue(node);
  if (!node.selective) return write;
  return (value, making) => {
    const text = write(value, making);
    return `{"...":"${disclose(`["${making.salt()}",${text}]`, making)}"}`;
  };
}

function compileValue(node: DisclosurePlan): Writer {
  if (node.members.size === 0 && node.elements.size === 0 && !node.element) return plain;
  const object = compileObject(node, 0);
  const element = compileElement(node.element);
  const elements = new Map([...node.elements].map(([index, child]) => [index, compileElement(child)]));
  return (value, making) => {
    if (Array.isArray(value)) return `[${value.map((entry: Json, index) => (elements.get(index) ?? element)(entry, making)).join(',')}]`;
    return isJsonObject(value) ? `{${object(value, making)}}` : JSON.stringify(value);
  };
}

/** The inside of an object, without its braces. */
function compileObject(node: DisclosurePlan, decoys: number, top = false): (value: JsonObject, making: Making) => string {
  const members = new Map([...node.members].map(([name, child]) => [name, compileMember(name, child)]));
  return (value, making) => {
    const parts: string[] = [];
    const digests: string[] = [];
    for (const name of Object.keys(value)) {
      const member = members.get(name);
      const entry = value[name] as Json;
      if (!member) {
        checkMemberName(name, top);
        parts.push(`${JSON.stringify(name)}:${plain(entry, making)}`);
      } else {
        const text = member.write(entry, making);
        if (member.hidden === undefined) parts.push(member.open + text);
        else digests.push(disclose(`["${making.salt()}${member.hidden}${text}]`, making));
      }
    }
    for (let index = 0; index < decoys; index += 1) digests.push(sha256Base64url(making.salt()));
    if (digests.length > 0) parts.push(`"_sd":["${digests.sort().join('","')}"]`);
    return parts.join(',');
  };
}

/** The compiled path (design D5, performance L-09): names are encoded once per type, text is written once per credential. */
export function compileEncoder({
  plan,
  decoys,
}: SdJwtVcProfile): (registered: JsonObject, claims: JsonObject, salt: SaltSource) => Encoded {
  const write = compileObject(plan, decoys, true);
  return (registered, claims, salt) => {
    const making: Making = { salt, disclosures: [] };
    const head = JSON.stringify(registered).slice(0, -1);
    const body = write(claims, making);
    const separator = head.length > 1 && body.length > 0 ? ',' : '';
    return { payload: `${head}${separator}${body}}`, disclosures: making.disclosures };
  };
}
