import { access, constants } from 'node:fs/promises';
import type { ClientConfig, Config, ConfigFile } from '../config-schema.ts';
import { suggestion } from '../lib/nearest.ts';
import type { Faults } from './check-value.ts';

function checkRegistryName(path: string, name: string, config: Config, faults: Faults): void {
  const known = Object.keys(config.registries);
  if (!known.includes(name)) faults.add(path, `${name} is not among the registries.${suggestion(name, known)}`);
}

function checkAddress(path: string, address: string, faults: Faults): void {
  const url = URL.parse(address);
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.hash || url.username)
    faults.add(path, `${address} is not an http or https address.`);
}

function checkClient(path: string, client: ClientConfig, faults: Faults): void {
  for (const [index, address] of client.redirectUris.entries()) {
    const url = URL.parse(address);
    // RFC 6749 §3.1.2: absolute, without fragment; a wallet on a phone may use a scheme of its own (RFC 8252 §7.1).
    if (url?.hash !== '' || /^(javascript|data|file|blob|about):$/.test(url.protocol))
      faults.add(`${path}.redirectUris.${index}`, `${address} cannot be redirected to.`);
  }
  const keys = [client.jwks, client.jwksUri].filter((source) => source !== undefined).length;
  if (client.authentication === 'private_key_jwt' && keys !== 1) faults.add(path, 'private_key_jwt needs either jwks or jwksUri.');
  if (client.authentication === 'none' && keys !== 0) faults.add(path, 'a client without authentication has no keys.');
  if (client.jwksUri !== undefined) checkAddress(`${path}.jwksUri`, client.jwksUri, faults);
}

function checkAuthorization(file: ConfigFile, config: Config, faults: Faults): void {
  if (!file.authorization) {
    if (config.roles.includes('authorization')) faults.add('authorization', 'is missing, and the role authorization needs it.');
    return;
  }
  const { registry, clients = [], credentialIssuers = [], factors } = file.authorization;
  checkRegistryName('authorization.registry', registry, config, faults);
  if (new Set(factors).size < factors.length) faults.add('authorization.factors', 'must not name anything twice.');
  const seen = new Set<string>();
  for (const [index, client] of clients.entries()) {
    if (seen.has(client.clientId)) faults.add(`authorization.clients.${index}.clientId`, `${client.clientId} stands here twice.`);
    seen.add(client.clientId);
    checkClient(`authorization.clients.${index}`, client, faults);
  }
  for (const [index, identifier] of credentialIssuers.entries())
    checkAddress(`authorization.credentialIssuers.${index}`, identifier, faults);
}

/** What an issuer keeps beside its registries goes by this name. */
const reservedRegistry = 'pushed';

function checkRegistries({ registries = {} }: ConfigFile, faults: Faults): void {
  if (Object.hasOwn(registries, reservedRegistry))
    faults.add(`registries.${reservedRegistry}`, 'is the name of what is pushed with an offer. Give the registry another one.');
}

function checkIssuers(file: ConfigFile, config: Config, faults: Faults): void {
  const issuers = Object.entries(file.issuers ?? {});
  if (issuers.length === 0 && config.roles.includes('issuer')) faults.add('issuers', 'is missing, and the role issuer needs it.');
  for (const [name, issuer] of issuers) {
    checkRegistryName(`issuers.${name}.registry`, issuer.registry, config, faults);
    const { anchors, attesters } = issuer.keyAttestation ?? {};
    if (issuer.keyAttestation && !anchors && !attesters)
      faults.add(`issuers.${name}.keyAttestation`, 'believes nobody: name anchors or attesters.');
    // A client of that draft has no way to encrypt a request.
    if (issuer.compatibility === 'draft13' && issuer.messageEncryption === 'required')
      faults.add(`issuers.${name}.compatibility`, 'draft13 shuts out every client where messageEncryption is required.');
    for (const [index, server] of (issuer.authorizationServers ?? []).entries()) {
      const path = `issuers.${name}.authorizationServers.${index}`;
      checkAddress(`${path}.issuer`, server.issuer, faults);
      if ((server.subject.from === 'claim') !== (server.subject.name !== undefined))
        faults.add(`${path}.subject.name`, 'belongs to `from: claim`, and only to it.');
    }
  }
}

function checkWallet(file: ConfigFile, faults: Faults): void {
  for (const [index, { identifier }] of (file.wallet?.issuers ?? []).entries())
    checkAddress(`wallet.issuers.${index}.identifier`, identifier, faults);
  for (const server of Object.keys(file.wallet?.clients ?? {})) checkAddress(`wallet.clients.${server}`, server, faults);
}

function checkOperators({ operators }: ConfigFile, faults: Faults): void {
  const server = operators?.authorizationServer;
  if (server) checkAddress('operators.authorizationServer.issuer', server.issuer, faults);
}

/** Files of the roles that run here: a wallet alone needs no register of people on its machine. */
function filesNeeded({ roles, registries, issuers, wallet }: Config): readonly (readonly [string, string])[] {
  const needed: [string, string][] = [];
  if (roles.includes('issuer') || roles.includes('authorization'))
    for (const [name, { file }] of Object.entries(registries)) needed.push([`registries.${name}.file`, file]);
  if (roles.includes('issuer'))
    for (const { name, types, display, keyAttestation, holderCertificates } of issuers) {
      for (const [member, trust] of Object.entries({ keyAttestation, holderCertificates }))
        for (const [index, file] of (trust?.anchors ?? []).entries()) needed.push([`issuers.${name}.${member}.anchors.${index}`, file]);
      for (const [index, file] of types.entries()) needed.push([`issuers.${name}.types.${index}`, file]);
      for (const [index, { logo }] of display.entries()) if (logo) needed.push([`issuers.${name}.display.${index}.logo.file`, logo.file]);
    }
  if (roles.includes('wallet'))
    for (const [index, { trustAnchor }] of wallet.issuers.entries())
      if (!URL.canParse(trustAnchor)) needed.push([`wallet.issuers.${index}.trustAnchor`, trustAnchor]);
  return needed;
}

/** What the schema cannot say: names that must exist, members that exclude one another, files that must be there. */
export async function checkMeaning(file: ConfigFile, config: Config, faults: Faults): Promise<void> {
  checkAuthorization(file, config, faults);
  checkRegistries(file, faults);
  checkIssuers(file, config, faults);
  checkWallet(file, faults);
  checkOperators(file, faults);
  for (const [path, name] of filesNeeded(config)) {
    const readable = await access(name, constants.R_OK).then(
      () => true,
      () => false,
    );
    if (!readable) faults.add(path, `the file ${name} cannot be read.`);
  }
}
