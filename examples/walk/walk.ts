import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { jsonOf, Messenger } from './exchange.ts';
import {
  keyProof,
  makeKey,
  obtainCode,
  obtainNonce,
  readAuthorizationServer,
  readIssuer,
  redeemCode,
  requestCredential,
} from './holder.ts';
import type { Person } from './person.ts';
import { describeExchange } from './print.ts';

interface Persona {
  readonly id: string;
  readonly individualId: string;
  readonly name: string;
  readonly birthdate: string;
  readonly password?: string;
}

const { values } = parseArgs({
  options: {
    at: { type: 'string', default: 'http://localhost:8080' },
    issuer: { type: 'string', default: 'civil-registry' },
    document: { type: 'string' },
    persona: { type: 'string' },
    factor: { type: 'string', default: 'otp' },
  },
});

async function choosePersona(base: URL): Promise<Person> {
  const personas = JSON.parse(await readFile(new URL('../demo/personas.json', import.meta.url), 'utf8')) as Persona[];
  const persona = values.persona ? personas.find(({ id }) => id === values.persona) : personas[0];
  if (!persona) throw new Error(`No persona is called ${values.persona}. Known: ${personas.map(({ id }) => id).join(', ')}.`);
  const { individualId, name, birthdate, password } = persona;
  return {
    individualId,
    name,
    birthdate,
    factor: values.factor as Person['factor'],
    mailbox: new URL('/authorization/mailbox', base),
    ...(password ? { password } : {}),
  };
}

async function walk(): Promise<void> {
  const base = new URL(values.at);
  const messenger = new Messenger((exchange) => console.log(`\n${describeExchange(exchange)}`));
  const landing = await messenger.send('1 landing page', base);
  if (landing.status !== 200) throw new Error(`The landing page answered ${landing.status}.`);
  const issuer = await readIssuer(messenger, `${base.origin}/issuers/${values.issuer}`);
  const configurationId = values.document ?? Object.keys(issuer.configurations)[0] ?? '';
  const configuration = issuer.configurations[configurationId];
  if (!configuration) throw new Error(`No document is called ${configurationId}. Known: ${Object.keys(issuer.configurations).join(', ')}.`);
  const server = await readAuthorizationServer(messenger, issuer.authorizationServer);
  const client = { clientId: 'walk', redirectUri: 'http://127.0.0.1:8099/callback', dpopKey: await makeKey() };
  const request = { server, client, scope: `openid ${configuration.scope}` };
  const code = await obtainCode(messenger, request, await choosePersona(base));
  console.log('\n5 the single-use code is back at the wallet');
  const token = jsonOf(await redeemCode(messenger, request, code), 200);
  const holderKey = await makeKey();
  const proof = await keyProof(holderKey, issuer.identifier, await obtainNonce(messenger, issuer), client.clientId);
  const answer = await requestCredential(
    messenger,
    issuer,
    { dpopKey: client.dpopKey, accessToken: token.access_token as string },
    {
      credential_configuration_id: configurationId,
      proofs: { jwt: [proof] },
    },
  );
  const [issued] = jsonOf(answer, 200).credentials as { credential: string }[];
  if (!issued) throw new Error('The issuer answered without a credential.');
  console.log(`\n9 the credential is in its owner's hands: ${issued.credential.length} characters of ${configuration.format}`);
}

walk().catch((fault: unknown) => {
  console.error(fault instanceof Error ? fault.message : fault);
  process.exit(1);
});
