import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliOptions, runCli } from '../testing/run-cli.ts';
import { commandTable } from './command-table.ts';

/** Nothing listens on port 1 of a machine that runs tests. */
const nobody = 'nats://127.0.0.1:1';

describe('busline', () => {
  it('lists every command, uncoloured', async () => {
    const { code, stdout } = await runCli(['--help']);
    expect(code).toBe(0);
    for (const { name, summary } of commandTable)
      expect(stdout).toMatch(new RegExp(`^  ${name} +${summary}`, 'm'));
    expect(stdout).not.toContain('\u001b');
  });

  it('has colours on a terminal only, and not where nobody wants them', async () => {
    const colour = '\u001b[';
    const shown = async (args: string[], options: CliOptions) =>
      (await runCli(['config', ...args], options)).stdout.includes(colour);
    expect(await shown([], { columns: 80 })).toBe(true);
    expect(await shown([], {})).toBe(false);
    expect(await shown(['--no-color'], { columns: 80 })).toBe(false);
    expect(await shown([], { columns: 80, env: { NO_COLOR: '1' } })).toBe(false);
  });

  it('fits into the terminal', async () => {
    for (const columns of [80, 120]) {
      const { stdout } = await runCli(['config'], { columns, env: { NO_COLOR: '1' } });
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
  });

  it('says what, why and what to do, and ends with 2, when it is called wrongly', async () => {
    expect(await runCli(['confg'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        "error: unknown command 'confg'\nwhy:   Did you mean config?\n" +
        'try:   busline --help lists the commands, busline <command> --help its options\n',
    });
  });

  it('tells errors as JSON where JSON was asked for, and ends with 3 without a broker', async () => {
    const { code, stdout, stderr } = await runCli(['events', 'plan', '--json', '--nats', nobody]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'DISCONNECTED',
        message: expect.stringContaining(nobody),
        hint: expect.stringMatching(/^busline start runs one here; .*start nats-server/),
        docs: 'docs/errors.md',
      },
    });
  });
});

describe('configuration', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'busline-cli-'));
    await mkdir(join(directory, 'project', 'deep', 'down'), { recursive: true });
    await mkdir(join(directory, 'project', '.busline'));
    await writeFile(
      join(directory, 'project', 'busline.json'),
      '{"edge":"http://project","nats":"nats://project","prefix":"p"}',
    );
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const startSession = (pid: number) =>
    writeFile(
      join(directory, 'project', '.busline', 'session.json'),
      JSON.stringify({ supervisorPid: pid, apiUrl: 'http://session', natsUrl: 'nats://session' }),
    );
  async function origins(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const { stdout } = await runCli(['config', 'show', '--json', ...args], {
      directory: join(directory, 'project', 'deep', 'down'),
      env: { XDG_CONFIG_HOME: join(directory, 'xdg'), ...env },
    });
    const { settings } = JSON.parse(stdout) as {
      settings: { name: string; value: string; origin: string }[];
    };
    return Object.fromEntries(settings.map(({ name, value, origin }) => [name, `${value} < ${origin}`]));
  }

  it('goes from flag to environment, named context, running system, project, chosen context, default', async () => {
    const env = { XDG_CONFIG_HOME: join(directory, 'xdg') };
    await runCli(['context', 'save', 'mine', '--edge', 'http://mine', '--deadline', '3s'], { env });
    await runCli(['context', 'use', 'mine'], { env });
    await startSession(process.pid);
    expect(await origins([])).toMatchObject({
      edge: expect.stringMatching(/^http:\/\/session < running system/),
      prefix: expect.stringMatching(/^p < .*busline\.json$/),
      deadline: '3s < chosen context mine',
    });
    expect(
      await origins(['--context', 'mine'], { NATS_URL: 'nats://env', BUSLINE_TOKEN: 'secret' }),
    ).toMatchObject({
      edge: 'http://mine < context mine',
      nats: 'nats://env < environment NATS_URL',
      token: '(hidden) < environment BUSLINE_TOKEN',
    });
    expect(await origins(['--nats', 'nats://flag'], { NATS_URL: 'nats://env' })).toMatchObject({
      nats: 'nats://flag < flag --nats',
    });
  });

  it('passes over the session of a supervisor that is gone', async () => {
    // No process has this id: it is beyond what Linux and macOS give out.
    await startSession(2 ** 30);
    expect(await origins([])).toMatchObject({ edge: expect.stringMatching(/^http:\/\/project < /) });
  });

  it('ends with 4 for a context that is not there, and with 2 for a file that cannot be used', async () => {
    expect((await runCli(['config', '--context', 'none'])).code).toBe(4);
    const broken = join(directory, 'broken');
    await mkdir(broken);
    await writeFile(join(broken, 'busline.json'), '{"edgy":"x"}');
    const { code, stderr } = await runCli(['config'], { directory: broken });
    expect(code).toBe(2);
    expect(stderr).toContain('"edgy", which is none of edge, nats');
  });
});
