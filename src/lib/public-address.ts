import { BlockList, isIP } from 'node:net';

/**
 * Special-purpose ranges of IANA's registries (RFC 6890 and later): nothing a stranger names may lead there. One list for
 * each family, because a list looks for an IPv4 address in its IPv6 ranges too, where the mapped form of every one stands.
 */
const special = { four: new BlockList(), six: new BlockList() };
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  special.four.addSubnet(network, prefix, 'ipv4');
// Only 2000::/3 is global unicast; inside it the translation, tunnel, documentation and benchmarking ranges are special.
for (const [network, prefix] of [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
  ['3ffe::', 16],
] as const)
  special.six.addSubnet(network, prefix, 'ipv6');

/** Whether an IP address is an ordinary one of the public internet. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special.four.check(address, 'ipv4');
  return family === 6 && !special.six.check(address, 'ipv6');
}
