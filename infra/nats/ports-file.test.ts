import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { parsePorts, readPortsFile } from './ports-file.ts';

describe('parsePorts()', () => {
  it('reads the addresses, and none for what is absent or not a list', () => {
    expect(parsePorts('{"nats":["nats://127.0.0.1:4222"],"monitoring":"x"}')).toEqual({
      nats: ['nats://127.0.0.1:4222'],
      monitoring: [],
      cluster: [],
    });
  });

  it.each([
    ['half a file', '{"nats":["nats://1'],
    ['empty', ''],
    ['no object', '3'],
  ])('%s', (_case, text) => {
    expect(parsePorts(text)).toBeUndefined();
  });
});

describe('readPortsFile()', () => {
  it('takes the file of the given process only', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'nats-server_123.ports'), '{"nats":["nats://127.0.0.1:1"]}');
    expect(await readPortsFile(directory, 23)).toBeUndefined();
    expect(await readPortsFile(directory, 123)).toMatchObject({ nats: ['nats://127.0.0.1:1'] });
  });
});
