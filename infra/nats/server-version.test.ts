import { describe, expect, it } from 'vitest';
import { writeProgram, writeVersionProgram } from '../testing/stand-in-program.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { compareVersions, inspectServer, parseServerVersion } from './server-version.ts';

describe('parseServerVersion()', () => {
  it.each([
    ['nats-server: v2.15.1', '2.15.1'],
    ['nats-server: v2.11.0\n', '2.11.0'],
    ['nats-server: v2.12.0-RC.3', '2.12.0'],
    ['some warning\nnats-server: v2.11.4', '2.11.4'],
    ['nats version 2.15.1', undefined],
    ['', undefined],
  ])('reads %j as %s', (output, version) => {
    expect(parseServerVersion(output)).toBe(version);
  });
});

describe('compareVersions()', () => {
  it.each([
    ['2.11.0', '2.11.0', 0],
    ['2.9.25', '2.11.0', -1],
    ['2.15.1', '2.11.0', 1],
    ['3.0.0', '2.99.99', 1],
    ['2.11.9', '2.11.10', -1],
  ])('%s against %s', (left, right, sign) => {
    expect(Math.sign(compareVersions(left, right))).toBe(sign);
  });
});

describe('inspectServer()', () => {
  it('accepts a server that is new enough', async () => {
    const path = await writeVersionProgram(await temporaryDirectory(), '2.11.0');
    expect(await inspectServer(path)).toEqual({ path, version: '2.11.0' });
  });

  it.each([
    ['an old server', 'echo "nats-server: v2.9.10"', 'is version 2.9.10, older than the required 2.11.0'],
    ['another program', 'echo hello', 'is not a nats-server: --version printed "hello\\n"'],
    ['a program that fails', 'echo "bad CPU" >&2; exit 3', 'does not run: exit code 3: bad CPU'],
  ])('passes over %s and says why', async (_case, line, why) => {
    const path = await writeProgram(`${await temporaryDirectory()}/nats-server`, line);
    expect(await inspectServer(path)).toEqual({ skipped: `${path} ${why}` });
  });

  it('passes over a path where nothing is', async () => {
    const path = `${await temporaryDirectory()}/nats-server`;
    expect(await inspectServer(path)).toEqual({
      skipped: `${path} does not run: the program does not exist`,
    });
  });
});
