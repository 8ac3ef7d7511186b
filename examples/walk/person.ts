import type { Exchange, Messenger } from './exchange.ts';

/** What a person knows: enough to answer every page of the sign-in. */
export interface Person {
  readonly individualId: string;
  readonly factor: 'otp' | 'password' | 'knowledge';
  readonly password?: string;
  readonly name?: string;
  readonly birthdate?: string;
  /** Where the demo shows one-time codes. */
  readonly mailbox?: URL;
  readonly decision?: 'allow' | 'deny' | 'cancel';
}

interface Form {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly inputs: ReadonlySet<string>;
  readonly actions: ReadonlySet<string>;
}

const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };
const decode = (text: string) => text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity);
const attribute = (tag: string, name: string) => decode(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '');

/** Reads the forms of a page as a browser without JavaScript sees them. */
export function readForms(page: string): readonly Form[] {
  return [...page.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, open = '', body = '']) => {
    const inputs = [...body.matchAll(/<input\b[^>]*>/g)].map(([tag]) => tag);
    const buttons = [...body.matchAll(/<button\b[^>]*>/g)].map(([tag]) => tag);
    const kept = inputs.filter((tag) => attribute(tag, 'type') === 'hidden' || /\schecked\b/.test(tag));
    return {
      action: attribute(` ${open}`, 'action'),
      fields: Object.fromEntries(kept.map((tag) => [attribute(tag, 'name'), attribute(tag, 'value')])),
      inputs: new Set(inputs.map((tag) => attribute(tag, 'name'))),
      actions: new Set(buttons.filter((tag) => attribute(tag, 'name') === 'action').map((tag) => attribute(tag, 'value'))),
    };
  });
}

async function readCode(messenger: Messenger, mailbox: URL | undefined): Promise<string> {
  if (!mailbox) throw new Error('A one-time code is asked for and no mailbox is known.');
  const { responseBody } = await messenger.send('3 mailbox', mailbox);
  const code = /\b(\d{6})\b/.exec(responseBody.replace(/<(style|script|head)[\s\S]*?<\/\1>/g, '').replace(/\b\d{7,}\b/g, ''))?.[1];
  if (!code) throw new Error('The mailbox shows no one-time code.');
  return code;
}

async function answersFor(form: Form, person: Person, messenger: Messenger): Promise<Record<string, string>> {
  const answers: Record<string, string> = { ...form.fields };
  if (form.inputs.has('individual_id')) answers.individual_id = person.individualId;
  if (form.inputs.has('factor')) answers.factor = person.factor;
  if (form.inputs.has('password')) answers.password = person.password ?? '';
  if (form.inputs.has('name')) answers.name = person.name ?? '';
  if (form.inputs.has('birthdate')) answers.birthdate = person.birthdate ?? '';
  if (form.inputs.has('otp')) answers.otp = await readCode(messenger, person.mailbox);
  answers.action = form.actions.has('allow') ? (person.decision ?? 'allow') : 'continue';
  return answers;
}

const isRedirect = ({ status }: Exchange) => status === 302 || status === 303;

/**
 * Plays a person at the authorization pages, from the authorization request to the redirect back.
 * Returns the address the browser would be sent to, code and all; throws when a page repeats itself.
 */
export async function signIn(messenger: Messenger, authorizationRequest: URL, redirectUri: string, person: Person): Promise<URL> {
  let exchange = await messenger.send('2 authorization request', authorizationRequest);
  for (let turns = 0; turns < 20; turns += 1) {
    if (isRedirect(exchange)) {
      const location = new URL(exchange.responseHeaders.get('location') ?? '', exchange.url);
      if (location.href.startsWith(redirectUri)) return location;
      exchange = await messenger.send('3 authentication page', location);
      continue;
    }
    const form = readForms(exchange.responseBody).find(({ actions }) => actions.has('continue') || actions.has('allow'));
    if (!form) throw new Error(`No form to answer on ${exchange.url.pathname}: status ${exchange.status}`);
    const step = form.actions.has('allow') ? '4 consent' : '3 evidence';
    const target = new URL(form.action || exchange.url.href, exchange.url);
    exchange = await messenger.send(step, target, { form: await answersFor(form, person, messenger), headers: { origin: target.origin } });
  }
  throw new Error('The sign-in did not come to an end.');
}
