import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** A process that writes more between two looks is not read line by line by anybody; its log has all of it. */
const MAX_READ_BYTES = 64 * 1024;

/**
 * Returns the whole lines that were appended to a file since the last call, of the last 64 KiB; at first, since now. A
 * file that is shorter than before was cut, and begins anew. None where there is no file.
 */
export function followLog(file: string): () => string[] {
  let position = readAppended(file, Number.POSITIVE_INFINITY).end;
  return () => {
    const { lines, end } = readAppended(file, position);
    position = end;
    return lines;
  };
}

/** What a file has from a position on, up to the end of its last whole line, and where that is. */
function readAppended(file: string, from: number): { readonly lines: string[]; readonly end: number } {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return { lines: [], end: 0 };
  }
  try {
    const { size } = fstatSync(descriptor);
    if (from === Number.POSITIVE_INFINITY) return { lines: [], end: size };
    const begin = size < from ? 0 : from;
    const start = Math.max(begin, size - MAX_READ_BYTES);
    const buffer = Buffer.alloc(size - start);
    const read = buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, start));
    const whole = read.lastIndexOf(0x0a) + 1;
    const lines = read.toString('utf8', 0, whole).split('\n').slice(0, -1);
    // What was passed over ended in the middle of a line.
    return { lines: start > begin ? lines.slice(1) : lines, end: start + whole };
  } finally {
    closeSync(descriptor);
  }
}
