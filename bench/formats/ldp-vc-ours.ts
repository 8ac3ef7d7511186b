import type { JsonObject } from '../../src/lib/json.ts';
import { verifyDataIntegrity } from '../../test/support/judge-data-integrity.ts';
import { floorOfLdp, openLdpCard } from './ldp-card.ts';
import type { Maker } from './maker.ts';

export async function createMaker(): Promise<Maker> {
  const { make, credential, loader } = await openLdpCard();
  return {
    make,
    floor: await floorOfLdp(credential, loader),
    judge: (made) => verifyDataIntegrity(made as JsonObject, 'eddsa-rdfc-2022', loader),
  };
}
