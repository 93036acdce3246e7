import { describe, expect, it, vi } from 'vitest';
import { openRawSocket } from '../../testing/raw-socket.ts';
import { type CreateClient, http1Client, http2Client } from '../../testing/test-clients.ts';
import { openTestPort, type TestPort } from '../../testing/test-port.ts';

interface Slow {
  readonly opened: TestPort;
  /** Answers what waits. */
  answerAll(): void;
  /** Requests that wait. */
  waiting(): number;
  close(graceMs: number): Promise<void>;
}

/** A port whose requests wait to be answered, unless told otherwise, and that says `connection: close` while it leaves, as the edge does. */
async function openSlowPort({ answersAtOnce = false, lingerMs = 60 } = {}): Promise<Slow> {
  const held = new Set<() => void>();
  let closing = false;
  const opened = await openTestPort({
    settings: { lingerMs },
    listener: (incoming, outgoing) => {
      const answer = (): void => {
        held.delete(answer);
        if (closing && incoming.httpVersionMajor === 1) outgoing.setHeader('connection', 'close');
        outgoing.end('answered');
      };
      held.add(answer);
      if (answersAtOnce) setImmediate(answer);
    },
  });
  return {
    opened,
    answerAll: () => {
      for (const answer of held) answer();
    },
    waiting: () => held.size,
    close(graceMs) {
      closing = true;
      return opened.port.close(graceMs);
    },
  };
}

/** Under load nobody is idle except for want of a processor, so HTTP/1 gets a linger that nobody waits for. */
const clients: [string, CreateClient, number][] = [
  ['HTTP/1.1', http1Client, 5_000],
  ['HTTP/2', http2Client, 60],
];

describe.each(clients)('a port that closes, with clients of %s', (_, createClient, lingerMs) => {
  it('answers what is under way, and ends when it is', async () => {
    const slow = await openSlowPort();
    const client = createClient(() => slow.opened.port.port);
    const answers = Array.from({ length: 10 }, () => client.get());
    await vi.waitFor(() => expect(slow.waiting()).toBe(10));
    let isClosed = false;
    const closed = slow.close(10_000).then(() => {
      isClosed = true;
    });
    await expect(createClient(() => slow.opened.port.port).get()).rejects.toThrow();
    expect(isClosed).toBe(false);
    slow.answerAll();
    expect(await Promise.all(answers)).toEqual(Array(10).fill('answered'));
    await closed;
    client.close();
  });

  it('loses no request of clients that go on', { timeout: 30_000 }, async () => {
    const openNext = async (): Promise<Slow> => openSlowPort({ answersAtOnce: true, lingerMs });
    let current = await openNext();
    let answered = 0;
    let handled = 0;
    let going = true;
    const failures: unknown[] = [];
    const lane = async (): Promise<void> => {
      const client = createClient(() => current.opened.port.port);
      while (going) {
        await client.get().then(
          () => answered++,
          (error: unknown) => failures.push(error),
        );
      }
      client.close();
    };
    const lanes = Array.from({ length: 20 }, lane);
    for (let deploy = 0; deploy < 3; deploy++) {
      const enough = answered + 200;
      await vi.waitFor(() => expect(answered).toBeGreaterThan(enough), 10_000);
      // New connections go elsewhere; those that are open go on until they are asked to end.
      const leaving = current;
      current = await openNext();
      await leaving.close(10_000);
      handled += leaving.opened.requests.length;
      expect(leaving.opened.logLines).toEqual([]);
    }
    going = false;
    await Promise.all(lanes);
    expect(failures).toEqual([]);
    // Nothing ran twice either: what was refused had not begun.
    expect(handled + current.opened.requests.length).toBe(answered);
    await current.close(0);
  });

  it('cuts off what takes longer than the grace, and logs it', async () => {
    const slow = await openSlowPort();
    const client = createClient(() => slow.opened.port.port);
    const answer = client.get();
    answer.catch(() => {});
    await vi.waitFor(() => expect(slow.waiting()).toBe(1));
    await slow.close(30);
    await expect(answer).rejects.toThrow();
    expect(slow.opened.logLines).toMatchObject([{ graceMs: 30, connections: 1 }]);
    client.close();
  });

  it('does not wait for connections that are idle', async () => {
    const slow = await openSlowPort();
    const client = createClient(() => slow.opened.port.port);
    const answer = client.get();
    await vi.waitFor(() => expect(slow.waiting()).toBe(1));
    slow.answerAll();
    expect(await answer).toBe('answered');
    await slow.close(10_000);
    expect(slow.opened.logLines).toEqual([]);
    client.close();
  });
});

it('a port that closes does not wait for a client that has not said anything', async () => {
  const slow = await openSlowPort();
  const client = await openRawSocket(slow.opened.port.port);
  await slow.close(10_000);
  expect(await client.closed).toBe('');
  expect(slow.opened.logLines).toEqual([]);
});
