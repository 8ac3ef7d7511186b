/** Addresses of the wallet's own parts, below its public URL, beside those of `routes.ts`. */
export const applicationPaths = {
  emblems: '/wallet/emblems',
  look: '/wallet/look',
  stylesheet: '/wallet/style.css',
  assets: '/wallet/assets',
  appearance: '/wallet/appearance',
} as const;
