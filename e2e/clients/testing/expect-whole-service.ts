import type { MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { Code as WantedCode } from '@busline/schemas/connectrpc/conformance/v1/config';
import {
  type BidiStreamRequestSchema,
  ConformancePayload_RequestInfoSchema,
  ConformanceService,
  HeaderSchema,
} from '@busline/schemas/connectrpc/conformance/v1/service';
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';

/** What a client can do. */
export interface ClientKind {
  readonly name: string;
  readonly transport: () => Transport;
  /** Whether it can hear answers before it has said everything; by HTTP/1.1 none can. */
  readonly fullDuplex: boolean;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);

const wanted = {
  code: WantedCode.FAILED_PRECONDITION,
  message: 'not yet: ünïcode, 100 %',
  details: [anyPack(HeaderSchema, create(HeaderSchema, { name: 'why', value: ['because'] }))],
};
const responseHeaders = [{ name: 'x-answer', value: ['a', 'b'] }];
const responseTrailers = [{ name: 'x-after', value: ['c'] }];

/** Checks an error that was asked for as `wanted`. */
function expectWanted(error: unknown): ConnectError {
  expect(error).toBeInstanceOf(ConnectError);
  const failure = error as ConnectError;
  expect([failure.code, failure.rawMessage]).toEqual([Code.FailedPrecondition, wanted.message]);
  expect(failure.findDetails(HeaderSchema)).toMatchObject([{ name: 'why', value: ['because'] }]);
  expect(failure.metadata.get('x-after')).toBe('c');
  return failure;
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.fail('the call succeeded'),
    (error: unknown) => error,
  );
}

/** For what a client cannot do by its nature, which is no test skipped. */
function noTest(_name: string, _run: () => Promise<void>): void {}

/** Every kind of call, as one client makes it. */
export function describeClient({ name, transport, fullDuplex }: ClientKind): void {
  const client = () => createClient(ConformanceService, transport());

  describe(name, () => {
    it('makes a unary call, with metadata both ways', async () => {
      const seen: (string | null)[] = [];
      const { payload } = await client().unary(
        {
          responseDefinition: {
            response: { case: 'responseData', value: bytes('tea') },
            responseHeaders,
            responseTrailers,
          },
        },
        {
          headers: { 'x-asked': 'yes', 'x-asked-bin': 'AAEC/w' },
          onHeader: (headers) => seen.push(headers.get('x-answer')),
          onTrailer: (trailers) => seen.push(trailers.get('x-after')),
        },
      );
      expect(text(payload?.data)).toBe('tea');
      const asked = payload?.requestInfo?.requestHeaders ?? [];
      expect(asked).toContainEqual(expect.objectContaining({ name: 'x-asked', value: ['yes'] }));
      expect(asked.find((header) => header.name === 'x-asked-bin')?.value[0]).toMatch(/^AAEC\/w/);
      expect(seen).toEqual(['a, b', 'c']);
    });

    it('carries large messages', async () => {
      const data = new Uint8Array(1_500_000).fill(7);
      const { payload } = await client().unary({
        responseDefinition: { response: { case: 'responseData', value: data } },
        requestData: new Uint8Array(500_000),
      });
      expect(payload?.data.length).toBe(1_500_000);
      expect(payload?.requestInfo?.requests[0]?.value.length).toBeGreaterThan(2_000_000);
    });

    it('hears an error with code, text, details and metadata', async () => {
      const call = client().unary({
        responseDefinition: { response: { case: 'error', value: wanted }, responseTrailers },
      });
      const error = expectWanted(await failureOf(call));
      expect(error.findDetails(ConformancePayload_RequestInfoSchema)).toHaveLength(1);
    });

    it('hears a stream, and an error after it', async () => {
      const heard: string[] = [];
      const listen = async (): Promise<void> => {
        const responseDefinition = {
          responseData: ['one', 'two', 'three'].map(bytes),
          responseTrailers,
          error: wanted,
        };
        for await (const { payload } of client().serverStream({ responseDefinition }))
          heard.push(text(payload?.data));
      };
      expectWanted(await failureOf(listen()));
      expect(heard).toEqual(['one', 'two', 'three']);
    });

    it('sends a stream', async () => {
      async function* requests() {
        yield { responseDefinition: { response: { case: 'responseData' as const, value: bytes('sum') } } };
        yield { requestData: bytes('b') };
        yield { requestData: bytes('c') };
      }
      const { payload } = await client().clientStream(requests());
      expect([text(payload?.data), payload?.requestInfo?.requests.length]).toEqual(['sum', 3]);
    });

    const inConversation = fullDuplex ? it : noTest;
    inConversation('holds a conversation', async () => {
      const heard: string[] = [];
      let answered = Promise.withResolvers<void>();
      async function* requests(): AsyncIterable<MessageInitShape<typeof BidiStreamRequestSchema>> {
        yield { fullDuplex: true, responseDefinition: { responseData: ['ping', 'pong', 'out'].map(bytes) } };
        for (const requestData of ['b', 'c'].map(bytes)) {
          await answered.promise;
          answered = Promise.withResolvers();
          yield { requestData };
        }
      }
      for await (const { payload } of client().bidiStream(requests())) {
        heard.push(text(payload?.data));
        answered.resolve();
      }
      expect(heard).toEqual(['ping', 'pong', 'out']);
    });

    it('hears that its deadline has passed, and the worker knew it', async () => {
      const startedAtMs = performance.now();
      const slow = { responseDefinition: { responseDelayMs: 30_000 } };
      const error = await failureOf(client().unary(slow, { timeoutMs: 150 }));
      expect(error).toMatchObject({ code: Code.DeadlineExceeded });
      expect(performance.now() - startedAtMs).toBeLessThan(5_000);
      const { payload } = await client().unary({}, { timeoutMs: 5_000 });
      expect(Number(payload?.requestInfo?.timeoutMs)).toBeGreaterThan(3_000);
      expect(Number(payload?.requestInfo?.timeoutMs)).toBeLessThanOrEqual(5_000);
    });

    it('gives up a call', async () => {
      const giveUp = new AbortController();
      const definition = { responseData: ['first', 'never'].map(bytes), responseDelayMs: 60 };
      const listen = async (): Promise<void> => {
        const answers = client().serverStream({ responseDefinition: definition }, { signal: giveUp.signal });
        for await (const _ of answers) giveUp.abort();
      };
      expect(await failureOf(listen())).toMatchObject({ code: Code.Canceled });
    });

    it('hears of a method that is not there', async () => {
      expect(await failureOf(client().unimplemented({}))).toMatchObject({ code: Code.Unimplemented });
    });
  });
}
