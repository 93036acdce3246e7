// Runs in the browser, in a page of another origin: the calls that connect-web can make there, by Connect and gRPC-Web, and
// a stream by EventSource.
import { Code as WantedCode } from '@busline/schemas/connectrpc/conformance/v1/config';
import { ConformanceService } from '@busline/schemas/connectrpc/conformance/v1/service';
import { ConnectError, createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web';

/** What one transport heard. */
export interface Heard {
  readonly unary: string;
  readonly metadata: readonly (string | null)[];
  readonly error: readonly [code: number, text: string, details: number];
  readonly stream: readonly string[];
  readonly streamError: number;
  readonly deadline: number;
  readonly cancelled: number;
}

const { baseUrl } = (globalThis as unknown as { options: { baseUrl: string } }).options;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);

async function failureOf(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => new ConnectError('it succeeded'),
    (error: unknown) => ConnectError.from(error),
  );
}

async function hear(transport: Transport): Promise<Heard> {
  const client = createClient(ConformanceService, transport);
  const metadata: (string | null)[] = [];
  const { payload } = await client.unary(
    {
      responseDefinition: {
        response: { case: 'responseData', value: bytes('tea') },
        responseHeaders: [{ name: 'x-answer', value: ['a'] }],
        responseTrailers: [{ name: 'x-after', value: ['c'] }],
      },
    },
    {
      onHeader: (headers) => metadata.push(headers.get('x-answer')),
      onTrailer: (trailers) => metadata.push(trailers.get('x-after')),
    },
  );
  const wanted = { code: WantedCode.FAILED_PRECONDITION, message: 'not yet' };
  const error = await failureOf(
    client.unary({ responseDefinition: { response: { case: 'error', value: wanted } } }),
  );
  const stream: string[] = [];
  const listen = async (signal?: AbortSignal, onAnswer?: () => void, responseDelayMs = 0): Promise<void> => {
    const responseDefinition = { responseData: ['a', 'b'].map(bytes), responseDelayMs, error: wanted };
    const answers = client.serverStream({ responseDefinition }, signal === undefined ? {} : { signal });
    for await (const answer of answers) {
      stream.push(text(answer.payload?.data));
      onAnswer?.();
    }
  };
  const streamError = await failureOf(listen());
  const heard = [...stream];
  const giveUp = new AbortController();
  const cancelled = await failureOf(listen(giveUp.signal, () => giveUp.abort(), 60));
  const slow = { responseDefinition: { responseDelayMs: 30_000 } };
  const deadline = await failureOf(client.unary(slow, { timeoutMs: 200 }));
  return {
    unary: text(payload?.data),
    metadata,
    error: [error.code, error.rawMessage, error.details.length],
    stream: heard,
    streamError: streamError.code,
    deadline: deadline.code,
    cancelled: cancelled.code,
  };
}

/** What `EventSource` heard of a stream by REST. */
export interface Events {
  readonly messages: readonly string[];
  readonly ended: boolean;
  /** Whether it gave up to connect again, as 204 tells it to. */
  readonly closed: boolean;
}

function listenToEvents(): Promise<Events> {
  const source = new EventSource(`${baseUrl}/v1/sinks:watch?text=tea`);
  const messages: string[] = [];
  let ended = false;
  source.onmessage = ({ data }) => messages.push(data);
  source.addEventListener('end', () => {
    ended = true;
  });
  return new Promise((resolve) => {
    // Told of each lost connection; most are made again.
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) resolve({ messages, ended, closed: true });
    };
  });
}

async function report(): Promise<object> {
  try {
    return {
      connect: await hear(createConnectTransport({ baseUrl, useBinaryFormat: true })),
      grpcWeb: await hear(createGrpcWebTransport({ baseUrl })),
      events: await listenToEvents(),
    };
  } catch (error) {
    return { failure: String(error) };
  }
}

await fetch('/result', { method: 'POST', body: JSON.stringify(await report()) });
