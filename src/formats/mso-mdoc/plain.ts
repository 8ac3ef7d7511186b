import { sha256 } from '../../lib/bytes.ts';
import { type Cbor, embeddedCbor, encodeCbor, Tagged } from '../../lib/cbor.ts';
import type { Json } from '../../lib/json.ts';
import { ClaimFault, type Order } from '../format.ts';
import { protectedHeader, type Statement, signatureContext, statementOf, unprotectedHeader } from './cose.ts';
import type { Element, Encoding, MsoMdocProfile } from './elements.ts';
import { drawNamespace, type RandomSource, randomLength } from './shuffle.ts';
import {
  checkBase64,
  checkBoolean,
  checkDateTime,
  checkFullDate,
  checkInteger,
  checkList,
  checkNumber,
  checkText,
  dateText,
  notBase64,
  valueAt,
} from './values.ts';

const tdateTag = 0;
/** RFC 8943 §2.1 */
const fullDateTag = 1004;

function bytesOf(value: Json, place: string): Uint8Array {
  const { text, length } = checkBase64(value, place);
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== length) throw notBase64(place);
  return bytes;
}

function encode(value: Json, encoding: Encoding, place: string): Cbor {
  switch (encoding.kind) {
    case 'text':
      return checkText(value, place);
    case 'full-date':
      return new Tagged(fullDateTag, checkFullDate(value, place));
    case 'tdate':
      return new Tagged(tdateTag, checkDateTime(value, place));
    case 'bytes':
      return bytesOf(value, place);
    case 'boolean':
      return checkBoolean(value, place);
    case 'integer':
      return checkInteger(value, place);
    case 'number':
      return checkNumber(value, place);
    case 'list':
      return checkList(value, place).map((entry) => encode(entry, encoding.element, place));
    case 'map':
      return new Map(present(encoding.members, value).map(([member, entry]) => [member.name, encodeElement(member, entry, place)]));
  }
}

function encodeElement({ name, encoding }: Element, value: Json, place: string): Cbor {
  return encode(value, encoding, `${place}/${name}`);
}

function present(elements: readonly Element[], claims: Json): readonly (readonly [Element, Json])[] {
  return elements.flatMap((element) => {
    const value = valueAt(claims, element.claim);
    return value === undefined ? [] : [[element, value] as const];
  });
}

function securityObject(doctype: string, valueDigests: Cbor, { deviceKey, signed, validUntil, status }: Statement): Cbor {
  const statusList =
    status &&
    new Map([
      [
        'status_list',
        new Map<string, Cbor>([
          ['idx', status.index],
          ['uri', status.uri],
        ]),
      ],
    ]);
  return new Map<string, Cbor>([
    ['version', '1.0'],
    ['digestAlgorithm', 'SHA-256'],
    ['valueDigests', valueDigests],
    ['deviceKeyInfo', new Map([['deviceKey', deviceKey]])],
    ['docType', doctype],
    [
      'validityInfo',
      new Map([
        ['signed', new Tagged(tdateTag, dateText(signed))],
        ['validFrom', new Tagged(tdateTag, dateText(signed))],
        ['validUntil', new Tagged(tdateTag, dateText(validUntil))],
      ]),
    ],
    ...(statusList ? [['status', statusList] as const] : []),
  ]);
}

/**
 * The plain path: ISO/IEC 18013-5 §9.1.2.4 and RFC 9052 as they read. It is the oracle of the compiled path (design D5)
 * and must give the same bytes when it is handed the same randomness.
 */
export async function issuePlain(
  { doctype, algorithm, namespaces }: MsoMdocProfile,
  order: Order,
  source: RandomSource,
): Promise<Uint8Array> {
  const nameSpaces = new Map<string, Cbor>();
  const valueDigests = new Map<string, Cbor>();
  for (const { name: namespace, elements } of namespaces) {
    const found = present(elements, order.claims);
    if (found.length === 0) continue;
    const values = found.map(([element, value]) => [element.name, encodeElement(element, value, namespace)] as const);
    const { order: positions, random } = drawNamespace(found.length, source);
    const items = positions.map((position, digestID) => {
      const [name, value] = values[position] as (typeof values)[number];
      return embeddedCbor(
        new Map<string, Cbor>([
          ['digestID', digestID],
          ['random', random.subarray(digestID * randomLength, (digestID + 1) * randomLength)],
          ['elementIdentifier', name],
          ['elementValue', value],
        ]),
      );
    });
    nameSpaces.set(namespace, items);
    valueDigests.set(namespace, new Map(items.map((item, digestID) => [digestID, sha256(encodeCbor(item))])));
  }
  if (nameSpaces.size === 0) throw new ClaimFault('no element of the credential has a value');
  const payload = encodeCbor(embeddedCbor(securityObject(doctype, valueDigests, statementOf(order))));
  const header = protectedHeader(algorithm);
  const signature = await order.signer.sign(encodeCbor([signatureContext, header, new Uint8Array(), payload]));
  const issuerAuth = [header, unprotectedHeader(order.signer), payload, signature];
  return encodeCbor(
    new Map<string, Cbor>([
      ['nameSpaces', nameSpaces],
      ['issuerAuth', issuerAuth],
    ]),
  );
}
