// What our tests use of libraries that come without types.
declare module '@digitalbazaar/data-integrity' {
  export class DataIntegrityProof {
    constructor(options: { readonly cryptosuite: unknown; readonly signer?: unknown });
  }
}
declare module '@digitalbazaar/eddsa-rdfc-2022-cryptosuite' {
  export const cryptosuite: unknown;
}
declare module '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite' {
  export const cryptosuite: unknown;
}
declare module '@digitalbazaar/eddsa-jcs-2022-cryptosuite' {
  export function createVerifyCryptosuite(): { canonize(value: unknown): Promise<string> };
  export function createSignCryptosuite(): unknown;
}
declare module '@digitalbazaar/ecdsa-jcs-2019-cryptosuite' {
  export function createVerifyCryptosuite(): unknown;
  export function createSignCryptosuite(): unknown;
}
declare module '@digitalbazaar/ecdsa-sd-2023-cryptosuite' {
  export function createSignCryptosuite(options: { readonly mandatoryPointers: readonly string[] }): unknown;
  export function createDiscloseCryptosuite(options: { readonly selectivePointers: readonly string[] }): unknown;
  export function createVerifyCryptosuite(): unknown;
}
declare module '@digitalbazaar/ed25519-signature-2020' {
  export class Ed25519Signature2020 {}
}
declare module '@digitalbazaar/vc' {
  type JsonObject = import('../../src/lib/json.ts').JsonObject;
  export function issue(options: {
    readonly credential: object;
    readonly suite: unknown;
    readonly documentLoader: unknown;
  }): Promise<JsonObject>;
  export function derive(options: {
    readonly verifiableCredential: object;
    readonly suite: unknown;
    readonly documentLoader: unknown;
  }): Promise<JsonObject>;
  export function signPresentation(options: {
    readonly presentation: object;
    readonly suite: unknown;
    readonly domain: string;
    readonly challenge: string;
    readonly documentLoader: unknown;
  }): Promise<JsonObject>;
  export function verifyCredential(options: {
    readonly credential: object;
    readonly suite: unknown;
    readonly documentLoader: unknown;
    readonly checkStatus: () => Promise<{ readonly verified: boolean }>;
  }): Promise<{ readonly verified: boolean; readonly error?: Error & { readonly errors?: readonly Error[] } }>;
}
declare module '@digitalbazaar/vc-bitstring-status-list' {
  export function checkStatus(options: {
    readonly credential: object;
    readonly suite: unknown;
    readonly documentLoader: unknown;
  }): Promise<{
    readonly verified: boolean;
    readonly error?: Error;
    readonly results?: readonly { readonly credentialStatus: { readonly statusPurpose: string }; readonly status: boolean }[];
  }>;
  export function decodeList(options: {
    readonly encodedList: string;
  }): Promise<{ readonly length: number; getStatus(index: number): boolean }>;
}
