import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { pino } from 'pino';
import { openPort, type Port } from '../src/port/open-port.ts';
import { defaultPortSettings, type PortSettings } from '../src/port/settings.ts';

type Incoming = IncomingMessage | Http2ServerRequest;
type Outgoing = ServerResponse | Http2ServerResponse;

/** A port without an edge behind it. */
export interface TestPort extends AsyncDisposable {
  readonly port: Port;
  /** Requests that were handed to the listener so far, as `HTTP/2.0 GET /path`. */
  readonly requests: string[];
  /** Every line of its log so far, parsed. */
  readonly logLines: Record<string, unknown>[];
}

export interface TestPortOptions {
  readonly settings?: Partial<PortSettings>;
  readonly requestTimeoutMs?: number;
  /** Default: answers with version, method and path once the body has been read. */
  readonly listener?: (incoming: Incoming, outgoing: Outgoing) => void;
}

export async function openTestPort({
  settings,
  requestTimeoutMs = 60_000,
  listener = echo,
}: TestPortOptions = {}): Promise<TestPort> {
  const requests: string[] = [];
  const logLines: Record<string, unknown>[] = [];
  const port = await openPort({
    host: '127.0.0.1',
    port: 0,
    settings: { ...defaultPortSettings, ...settings },
    requestTimeoutMs,
    log: pino({}, { write: (line: string) => void logLines.push(JSON.parse(line)) }),
    listener: async (incoming, outgoing) => {
      requests.push(lineOf(incoming));
      listener(incoming, outgoing);
    },
  });
  let closed: Promise<void> | undefined;
  const close = (graceMs: number): Promise<void> => {
    closed ??= port.close(graceMs);
    return closed;
  };
  return { port: { ...port, close }, requests, logLines, [Symbol.asyncDispose]: () => close(0) };
}

function echo(incoming: Incoming, outgoing: Outgoing): void {
  incoming.on('end', () => outgoing.end(lineOf(incoming))).resume();
}

function lineOf({ httpVersion, method, url }: Incoming): string {
  return `HTTP/${httpVersion} ${method} ${url}`;
}
