const blockBytes = 512;

/**
 * An uncompressed archive (POSIX.1-1988, "ustar") of text files, byte for byte the same for the same files.
 *
 * @param files contents by path
 * @throws RangeError for a path that does not fit into the format: 100 bytes of name after at most 155 of folders
 */
export function tar(files: ReadonlyMap<string, string>): Buffer {
  const blocks: Buffer[] = [];
  for (const [path, text] of files) {
    const content = Buffer.from(text);
    blocks.push(header(path, content.length), content, Buffer.alloc(padding(content.length)));
  }
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]);
}

function padding(sizeBytes: number): number {
  return (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
}

function header(path: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  const { prefix, name } = splitPath(path);
  block.write(name, 0);
  writeOctal(block, 0o644, { at: 100, digits: 7 });
  writeOctal(block, 0, { at: 108, digits: 7 });
  writeOctal(block, 0, { at: 116, digits: 7 });
  writeOctal(block, sizeBytes, { at: 124, digits: 11 });
  // No time: the archive would differ each time it is made.
  writeOctal(block, 0, { at: 136, digits: 11 });
  block.write('0', 156);
  block.write('ustar\0' + '00', 257, 'latin1');
  block.write(prefix, 345);
  // The sum counts its own field as spaces.
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function writeOctal(block: Buffer, value: number, { at, digits }: { at: number; digits: number }): void {
  block.write(value.toString(8).padStart(digits, '0'), at);
}

function splitPath(path: string): { prefix: string; name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path };
  for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)];
    if (Buffer.byteLength(prefix) <= 155 && name !== '' && Buffer.byteLength(name) <= 100)
      return { prefix, name };
  }
  throw new RangeError(`"${path}" is too long for a tar archive`);
}
