import type { PreparedEvent } from '@busline/bus';
import { Code, ConnectError } from '@connectrpc/connect';
import { expect, it } from 'vitest';
import { publishBatch, type SendEvent } from './publish-batch.ts';

const event = (id: string, key?: string): PreparedEvent => ({
  id,
  key,
  subject: `evt.${key ?? '_'}`,
  head: new Uint8Array(0),
  body: new Uint8Array(0),
});
const full = new ConnectError('the stream is full', Code.ResourceExhausted);

it('sends events of a key one after another, and others beside them', async () => {
  const log: string[] = [];
  const first = Promise.withResolvers<void>();
  const send: SendEvent = async ({ id }) => {
    log.push(id);
    if (id === 'a1') await first.promise;
    return { id, stream: 'S', sequence: log.length, duplicate: false };
  };
  const batch = publishBatch([event('a1', 'a'), event('a2', 'a'), event('b1', 'b'), event('n')], send);
  expect(log).toEqual(['a1', 'b1', 'n']);
  first.resolve();
  expect((await batch).map(({ result }) => result.case)).toEqual(Array(4).fill('published'));
  expect(log).toEqual(['a1', 'b1', 'n', 'a2']);
});

it('tells what became of each, and fails only where nothing was stored', async () => {
  const send: SendEvent = async ({ id }) => {
    if (id !== 'good') throw full;
    return { id, stream: 'S', sequence: 1, duplicate: true };
  };
  const results = await publishBatch([event('bad'), event('good')], send);
  expect(results).toMatchObject([
    { result: { case: 'error', value: { code: 8, message: 'the stream is full' } } },
    { result: { case: 'published', value: { id: 'good', sequence: 1n, duplicate: true } } },
  ]);
  await expect(publishBatch([event('bad'), event('worse')], send)).rejects.toBe(full);
});
