import { describe, expect, it } from 'vitest';
import { endLine, eventLine, readyLine } from './json-lines.ts';

const now = new Date('2026-01-02T03:04:05.678Z');
const time = now.toISOString();

describe('what --json prints', () => {
  it('is an event as it is, with its time', () => {
    const event = { type: 'scaled', name: 'orders', replicas: 2 } as const;
    expect(JSON.parse(eventLine(event, now))).toEqual({ time, ...event });
  });

  it('is where everything runs, without a password', () => {
    const line = readyLine(
      {
        apiUrl: 'http://127.0.0.1:8080',
        natsUrl: 'nats://ada:secret@127.0.0.1:4222',
        workers: new Map([['orders', 2]]),
        logDir: '/logs',
        startedInMs: 1_234.5,
      },
      now,
    );
    expect(JSON.parse(line)).toEqual({
      time,
      type: 'ready',
      apiUrl: 'http://127.0.0.1:8080',
      natsUrl: expect.stringContaining('127.0.0.1:4222'),
      workers: { orders: 2 },
      logDir: '/logs',
      startedInMs: 1_235,
    });
    expect(line).not.toContain('secret');
  });

  it('is one line each', () => {
    expect(endLine('stopped', now)).toBe(`{"time":"${time}","type":"stopped"}`);
    const warned = { type: 'warned', process: 'edge-1', text: 'a\nb' } as const;
    expect(eventLine(warned, now)).not.toContain('\n');
  });
});
