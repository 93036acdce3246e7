import { randomFillSync } from 'node:crypto';

// Random bytes are drawn by the page: a system call per id would cost more than the rest of the id.
const page = Buffer.allocUnsafeSlow(4096);
let used = page.length;

/** `byteLength` random bytes as lower-case hexadecimal. */
export function randomHex(byteLength: number): string {
  if (used + byteLength > page.length) {
    randomFillSync(page);
    used = 0;
  }
  used += byteLength;
  return page.toString('hex', used - byteLength, used);
}
