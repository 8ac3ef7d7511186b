import { numericDate } from '../../lib/clock.ts';
import type { Order, StatusReference } from '../format.ts';
import { dateTime, holderKeyId } from './plain.ts';
import { checkSubject, contextsOf, type JwtVcProfile, listName } from './profile.ts';

/** A text as it stands between the quotes of a JSON string. */
const inside = (text: string) => JSON.stringify(text).slice(1, -1);

/** Times are rounded to the day (standards VX-6), so that the last one written is mostly the next one asked for. */
function rememberedDateTime(): (date: Date) => string {
  let [known, text] = [Number.NaN, ''];
  return (date) => {
    const time = date.getTime();
    if (time !== known) [known, text] = [time, dateTime(date)];
    return text;
  };
}

type WriteStatus = (status: StatusReference | undefined) => string;

function compileEntries(profile: JwtVcProfile): WriteStatus {
  if (profile.status !== 'bitstring_status_list') return () => '';
  const name = listName(profile);
  return (status) => {
    if (!status) return '';
    const { index } = status;
    const lists = `${inside(status.uri)}/${name}`;
    const entries = profile.statusPurposes.map(
      (purpose) =>
        `{"id":"${lists}/${purpose}#${index}","type":"BitstringStatusListEntry","statusPurpose":"${purpose}",` +
        `"statusListIndex":"${index}","statusListCredential":"${lists}/${purpose}"}`,
    );
    return `,"credentialStatus":${entries.length === 1 ? entries[0] : `[${entries.join(',')}]`}`;
  };
}

function compileClaim({ status: kind }: JwtVcProfile): WriteStatus {
  if (kind !== 'token_status_list') return () => '';
  return (status) => (status ? `,"status":{"status_list":{"idx":${status.index},"uri":"${inside(status.uri)}"}}` : '');
}

function subjectOf(order: Order): string {
  const { claims, holder } = order;
  const text = JSON.stringify(claims);
  checkSubject(order, text);
  if (!holder) return text;
  return `{"id":"${inside(holder.did)}"${text === '{}' ? '' : ','}${text.slice(1)}`;
}

/** The members of the credential from `@context` to `credentialStatus`, without its braces. */
function compileCredential(profile: JwtVcProfile): (order: Order, id: string) => string {
  const { dataModel, types, issuerName } = profile;
  const head = (hasStatus: boolean) => `"@context":${JSON.stringify(contextsOf(profile, hasStatus))},"id":"`;
  const [bare, withStatus] = [head(false), head(true)];
  const [openIssuer, closeIssuer] = issuerName === undefined ? ['"', '"'] : ['{"id":"', `","name":${JSON.stringify(issuerName)}}`];
  const beforeIssuer = `","type":${JSON.stringify(types)},"issuer":${openIssuer}`;
  const [from, until] = dataModel === '2.0' ? ['validFrom', 'validUntil'] : ['issuanceDate', 'expirationDate'];
  const afterIssuer = `${closeIssuer},"${from}":"`;
  const entries = compileEntries(profile);
  const [writeFrom, writeUntil] = [rememberedDateTime(), rememberedDateTime()];
  return (order, id) => {
    const begin = `${order.status ? withStatus : bare}${id}${beforeIssuer}${inside(order.issuerDid)}${afterIssuer}${writeFrom(order.issuedAt)}"`;
    const end = order.expiresAt ? `,"${until}":"${writeUntil(order.expiresAt)}"` : '';
    return `${begin}${end},"credentialSubject":${subjectOf(order)}${entries(order.status)}`;
  };
}

/** The compiled path (design D5, performance F-21): what the type fixes is written once, and only text is joined per credential. */
export function compileEncoder(profile: JwtVcProfile): (order: Order, id: string) => string {
  const credential = compileCredential(profile);
  const claim = compileClaim(profile);
  if (profile.dataModel === '2.0')
    return (order, id) => {
      const { holder } = order;
      return `{${credential(order, id)}${holder ? `,"cnf":{"kid":"${inside(holderKeyId(holder.did))}"}` : ''}${claim(order.status)}}`;
    };
  return (order, id) => {
    const { issuerDid, issuedAt, expiresAt, holder } = order;
    const subject = holder ? `,"sub":"${inside(holder.did)}"` : '';
    const expiry = expiresAt ? `,"exp":${numericDate(expiresAt)}` : '';
    return `{"iss":"${inside(issuerDid)}"${subject},"nbf":${numericDate(issuedAt)}${expiry},"jti":"${id}","vc":{${credential(order, id)}}${claim(order.status)}}`;
  };
}
