import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import { cryptosuite } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import { issue } from '@digitalbazaar/vc';
import { signWith } from './card.ts';
import { floorOfLdp, openLdpCard } from './ldp-card.ts';
import type { Maker } from './maker.ts';

export async function createMaker(): Promise<Maker> {
  const { credential, loader, id } = await openLdpCard();
  const { proof: _, ...plain } = credential;
  const signer = { id, algorithm: 'Ed25519', sign: async ({ data }: { data: Uint8Array }) => signWith('EdDSA', data) };
  return {
    make: () =>
      issue({ credential: structuredClone(plain), suite: new DataIntegrityProof({ cryptosuite, signer }), documentLoader: loader }),
    floor: await floorOfLdp(credential, loader),
  };
}
