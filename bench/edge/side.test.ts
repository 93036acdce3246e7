import { describe, expect, it } from 'vitest';
import { edgeSubjectNamed } from './catalog.ts';
import type { EdgeSubject, SideProgram } from './edge-subject.ts';
import { startSide } from './side.ts';

const program = (script: string): SideProgram => ({ command: process.execPath, args: ['-e', script] });
const subject = (change: Partial<EdgeSubject>): EdgeSubject => ({ ...edgeSubjectNamed('hono'), ...change });

async function start(changed: EdgeSubject, readyTimeoutMs?: number): Promise<unknown> {
  await using cleanup = new AsyncDisposableStack();
  const limit = readyTimeoutMs === undefined ? {} : { readyTimeoutMs };
  return await startSide({ subject: changed, format: 'json', natsUrl: '', cleanup, ...limit });
}

describe('startSide()', () => {
  it('says what an edge wrote that ended', async () => {
    const edge = program('console.error("no such thing"); process.exit(3)');
    await expect(start(subject({ edge }))).rejects.toThrow(
      /hono does not answer.*\n.*no such thing\n.*exit code 3/,
    );
  });

  it('notices that the worker has ended', async () => {
    const worker = program('process.exit(4)');
    const edge = program('setInterval(() => {}, 1000)');
    await expect(start(subject({ edge, worker }))).rejects.toThrow(/exit code 4/);
  });

  it('gives up on an edge that never answers', async () => {
    const edge = program('setInterval(() => {}, 1000)');
    await expect(start(subject({ edge }), 100)).rejects.toThrow('hono does not answer: connect ECONNREFUSED');
  });

  it('does not take another answer for the note', async () => {
    const edge = program(
      `let asked = 0;
      require('http').createServer((_, response) => {
        console.error('asked');
        if (++asked === 2) process.exit(5);
        response.end('{}');
      }).listen(process.env.PORT, '127.0.0.1')`,
    );
    await expect(start(subject({ edge }))).rejects.toThrow(
      /does not answer[\s\S]*\nasked\nasked\n[\s\S]*exit code 5/,
    );
  });

  it('says that a program cannot be started', async () => {
    const edge = { command: '/no/such/program', args: [] };
    await expect(start(subject({ edge }))).rejects.toThrow('/no/such/program could not be started');
  });
});
