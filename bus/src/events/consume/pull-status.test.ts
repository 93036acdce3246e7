import { describe, expect, it } from 'vitest';
import { readPullStatus } from './pull-status.ts';

const block = (status: string, ...lines: string[]) =>
  Buffer.from(`NATS/1.0 ${status}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`);

describe('readPullStatus()', () => {
  it.each([
    { head: block('100 Idle Heartbeat', 'Nats-Last-Consumer: 3'), status: { kind: 'heartbeat' } },
    {
      head: block('408 Request Timeout', 'Nats-Pending-Messages: 7', 'Nats-Pending-Bytes: 0'),
      status: { kind: 'expired', undelivered: 7 },
    },
    { head: block('404 No Messages'), status: { kind: 'expired', undelivered: 0 } },
    {
      head: block('409 Batch Completed', 'Nats-Pending-Messages: 2'),
      status: { kind: 'expired', undelivered: 2 },
    },
    {
      head: block('409 Message Size Exceeds MaxBytes', 'Nats-Pending-Messages: 2'),
      status: { kind: 'expired', undelivered: 2 },
    },
    { head: block('409 Consumer Deleted'), status: { kind: 'broken', gone: true } },
    {
      head: block('409 Leadership Change'),
      status: { kind: 'broken', gone: false, why: '409 Leadership Change' },
    },
    { head: block('409 Server Shutdown'), status: { kind: 'broken', gone: false } },
    { head: block('503'), status: { kind: 'broken', gone: true } },
  ])('reads $status', ({ head, status }) => {
    expect(readPullStatus(head)).toMatchObject(status);
  });

  it('leaves alone what has no status', () => {
    expect(readPullStatus(Buffer.from('NATS/1.0\r\nce-id: 1\r\n\r\n'))).toBeUndefined();
  });
});
