import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { generatedPayload } from '../subjects/generated-payload.ts';
import type { Generate } from '../subjects/subject.ts';
import { type StreamLoopOptions, streamLoop } from './stream-loop.ts';

const endless: Generate = async ({ payloadBytes, signal, onMessage }) => {
  while (!signal.aborted) {
    onMessage(generatedPayload(payloadBytes));
    await nextTurn();
  }
  throw new Error('aborted');
};
const options = (change: Partial<StreamLoopOptions>): StreamLoopOptions => ({
  generate: endless,
  payload: generatedPayload(3),
  atOnce: 1,
  warmUpMs: 5,
  windowMs: 20,
  onWindow: async () => undefined,
  ...change,
});

describe('streamLoop()', () => {
  it('counts the messages of the window, not those of the warm-up', async () => {
    let beforeWindow = 0;
    let all = 0;
    const result = await streamLoop(
      options({
        generate: (stream) =>
          endless({
            ...stream,
            onMessage(payload) {
              all += 1;
              stream.onMessage(payload);
            },
          }),
        onWindow: async () => {
          beforeWindow = all;
        },
      }),
    );
    expect(beforeWindow).toBeGreaterThan(0);
    expect(result.count).toBeGreaterThan(0);
    expect(result.count).toBeLessThanOrEqual(all - beforeWindow);
    expect(result.elapsedMs).toBeGreaterThanOrEqual(19);
  });

  it('opens as many streams as asked, and ends them all', async () => {
    let open = 0;
    let most = 0;
    const generate: Generate = async (stream) => {
      open += 1;
      most = Math.max(most, open);
      await endless(stream).finally(() => {
        open -= 1;
      });
    };
    await streamLoop(options({ generate, atOnce: 4 }));
    expect({ most, open }).toEqual({ most: 4, open: 0 });
  });

  it.each<[string, Generate, string]>([
    ['a stream that fails', async () => Promise.reject(new Error('broken')), 'broken'],
    ['a stream that ends', async () => undefined, 'a stream ended by itself'],
    [
      'a first message with other bytes',
      async ({ onMessage }) => onMessage(new Uint8Array([9, 9, 9])),
      'not the 3 bytes that were asked for',
    ],
    [
      'a later message of another length',
      async ({ onMessage }) => {
        onMessage(generatedPayload(3));
        onMessage(generatedPayload(2));
      },
      'a message of 2 bytes is not',
    ],
    [
      'no message in the window',
      ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve());
        }),
      'no message came within',
    ],
  ])('fails on %s', async (_what, generate, problem) => {
    await expect(streamLoop(options({ generate }))).rejects.toThrow(problem);
  });
});
