import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/** Tells whether an address is one of the proxies in front of the edge. */
export type IsTrustedProxy = (address: string) => boolean;

/**
 * Reads addresses and networks: `10.0.0.0/8`, `fd00::/8`, `192.0.2.1`, and `loopback`.
 *
 * @throws TypeError naming the entry that is none
 */
export function trustedProxies(entries: readonly string[]): IsTrustedProxy {
  if (entries.length === 0) return () => false;
  const list = new BlockList();
  for (const entry of entries.flatMap((text) => (text === 'loopback' ? ['127.0.0.0/8', '::1'] : [text]))) {
    const [address = '', prefix] = entry.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    const longest = family === 'ipv4' ? 32 : 128;
    const length = prefix === undefined ? longest : Number(prefix);
    const valid =
      isIP(address) !== 0 && prefix !== '' && Number.isInteger(length) && length >= 0 && length <= longest;
    if (!valid) throw new TypeError(`"${entry}" is no address and no network such as "10.0.0.0/8"`);
    list.addSubnet(address, length, family);
  }
  return (address) => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/**
 * The address a request came from: that of the connection, or, where that is a proxy's, the last one in
 * `X-Forwarded-For` that is no proxy's. What stands before it could have been written by the client.
 *
 * @param peer address of the other end of the connection; undefined where there is none, as in tests
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  isTrusted: IsTrustedProxy,
): string {
  let address = plain(peer ?? '');
  if (forwardedFor === undefined || isIP(address) === 0 || !isTrusted(address)) return address;
  for (const hop of forwardedFor.split(',').reverse()) {
    const next = plain(hop.trim());
    // A proxy that writes no address hides what is before it.
    if (isIP(next) === 0) return address;
    address = next;
    if (!isTrusted(address)) return address;
  }
  return address;
}

/** Without port and brackets, and IPv4 as itself where it is mapped into IPv6. */
function plain(text: string): string {
  const bare =
    /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
}

/** Who is counted where an address is all that is known: a whole /64 of IPv6, which is what one customer has. */
export function addressGroup(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
