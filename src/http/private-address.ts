import { BlockList, isIP } from 'node:net';

/** Loopback, link-local and private networks: RFC 1918, 3927, 4193, 4291. */
const privateNetworks = new BlockList();
privateNetworks.addSubnet('127.0.0.0', 8);
privateNetworks.addSubnet('10.0.0.0', 8);
privateNetworks.addSubnet('172.16.0.0', 12);
privateNetworks.addSubnet('192.168.0.0', 16);
privateNetworks.addSubnet('169.254.0.0', 16);
privateNetworks.addAddress('::1', 'ipv6');
privateNetworks.addSubnet('fc00::', 7, 'ipv6');
privateNetworks.addSubnet('fe80::', 10, 'ipv6');

/** Whether `address` cannot come from the internet. An address that cannot be read is not private. */
export const isPrivateAddress = (address: string | undefined): boolean => {
  const plain = address?.replace(/^::ffff:(?=\d)/i, '').split('%')[0] ?? '';
  const family = isIP(plain);
  return family !== 0 && privateNetworks.check(plain, family === 6 ? 'ipv6' : 'ipv4');
};
