/**
 * Finds a file's checksum in the text of a SHA256SUMS file: lines of 64 hex digits, a space, a space or `*`,
 * and the file name. Undefined when the file is not listed.
 */
export function findSha256(sums: string, fileName: string): string | undefined {
  for (const line of sums.split(/\r?\n/)) {
    const match = /^([0-9a-fA-F]{64}) [ *](.+)$/.exec(line);
    if (match?.[2] === fileName) return match[1]?.toLowerCase();
  }
  return undefined;
}
