import { type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IssuerConfig, KeyAttestationConfig } from '../../config-schema.ts';
import type { PresentationVerifier } from '../../formats/presentation.ts';
import type { Clock } from '../../lib/clock.ts';
import { StartFault } from '../../lib/start-fault.ts';
import { type ChainVerifier, createChainVerifier, readAnchor } from '../../oauth/certificate-chain.ts';
import { JwsFault, type ParsedJws } from '../../oauth/jws.ts';
import { fitsAlgorithm, importForeignKey } from '../../oauth/public-key.ts';

/** Who an issuer believes about holders' keys, by configuration alone; and who reads presentations for it. */
export interface ProofTrust {
  readonly attesters: Attesters | undefined;
  readonly holderCertificates: ChainVerifier | undefined;
  /** Whether access tokens must be bound to keys that an attester vouches for. */
  readonly attestedDpopKeys: boolean;
  readonly presentations: PresentationVerifier | undefined;
}

export interface Attesters {
  /** The key that must have signed an attestation. Throws `JwsFault` when it names nobody who is believed. */
  keyOf(attestation: ParsedJws): KeyObject;
}

/** One certificate in DER, or any number of them in PEM. */
function splitCertificates(bytes: Buffer): readonly Uint8Array[] {
  const blocks = bytes.toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  return blocks ? blocks.map((block) => new X509Certificate(block).raw) : [bytes];
}

async function readAnchors(files: readonly string[]): Promise<readonly X509Certificate[]> {
  const read = files.map(async (file) => {
    const unfit = (cause?: unknown) =>
      new StartFault(`The trust anchor ${file} is no certificate that may certify others. Correct the configuration file.`, cause);
    const bytes = await readFile(file).catch((cause: unknown) => Promise.reject(unfit(cause)));
    try {
      return splitCertificates(bytes).map((certificate) => readAnchor(certificate) ?? Promise.reject(unfit()));
    } catch (cause) {
      throw unfit(cause);
    }
  });
  return Promise.all((await Promise.all(read)).flat());
}

interface PinnedKey {
  readonly issuer: string;
  readonly kid: unknown;
  readonly key: KeyObject;
}

function readPinnedKeys({ attesters = [] }: KeyAttestationConfig, issuerName: string): readonly PinnedKey[] {
  return attesters.flatMap(({ issuer, jwks }) =>
    jwks.keys.map((jwk) => {
      const key = importForeignKey(jwk);
      if (!key) throw new StartFault(`A key of the attester ${issuer} (issuers.${issuerName}.keyAttestation) is no public key we can use.`);
      return { issuer, kid: jwk['kid'], key };
    }),
  );
}

function findPinned(pinned: readonly PinnedKey[], { header, payload }: ParsedJws): KeyObject {
  const { alg, kid } = header;
  const named = pinned.filter(
    ({ issuer, kid: known, key }) =>
      (payload.iss === undefined || payload.iss === issuer) && (kid === undefined || kid === known) && fitsAlgorithm(key, alg),
  );
  const [found, ...others] = named;
  if (!found || others.length > 0) throw new JwsFault('an attester that is not believed, or a key of its that is not told');
  return found.key;
}

async function openAttesters({ name, keyAttestation }: IssuerConfig, clock: Clock): Promise<Attesters | undefined> {
  if (!keyAttestation) return undefined;
  const chains = createChainVerifier(await readAnchors(keyAttestation.anchors ?? []), clock);
  const pinned = readPinnedKeys(keyAttestation, name);
  return {
    keyOf(attestation) {
      const { x5c, kid, jwk, trust_chain: federation } = attestation.header;
      // Appendix D.1: `x5c`, `kid` or `trust_chain`. A key that the attestation brings along proves nothing of who made it.
      if (jwk !== undefined || federation !== undefined) throw new JwsFault('an attestation that brings its own trust along');
      if (x5c !== undefined && kid !== undefined) throw new JwsFault('an attestation that names two keys');
      return x5c === undefined ? findPinned(pinned, attestation) : chains.verify(x5c);
    },
  };
}

/** Reads what the settings of an issuer name. Throws `StartFault`. */
export async function openProofTrust(config: IssuerConfig, clock: Clock, presentations?: PresentationVerifier): Promise<ProofTrust> {
  const { holderCertificates } = config;
  return {
    attesters: await openAttesters(config, clock),
    holderCertificates: holderCertificates && createChainVerifier(await readAnchors(holderCertificates.anchors), clock),
    attestedDpopKeys: config.keyAttestation?.dpopKey === 'required',
    presentations,
  };
}
