import type { DescMethodStreaming, DescMethodUnary, JsonValue, Message } from '@bufbuild/protobuf';
import type { Transport } from '@connectrpc/connect';
import type { EdgeProtocol } from '../connection/edge-transport.ts';
import { type Via, withTarget } from '../connection/target.ts';
import { type KnownMethod, methodName } from '../contracts/known-service.ts';
import { shownMessage } from '../output/shown-message.ts';
import type { CommandContext } from '../program/command-context.ts';
import { parseDuration } from '../settings/duration.ts';
import { newTrace } from '../trace/new-trace.ts';
import { callFailure } from './call-failure.ts';
import { findMethod } from './find-method.ts';
import { readHeaders } from './headers.ts';
import { type JsonSource, jsonSource } from './json-source.ts';
import { toMessage } from './to-message.ts';

export interface CallOptions {
  readonly data?: string;
  readonly header?: readonly string[];
  readonly via?: Via;
  readonly protocol?: EdgeProtocol;
  readonly instance?: string;
  readonly deadline?: string;
  readonly verbose?: boolean;
  readonly unredacted?: boolean;
  readonly trace?: boolean;
  readonly as?: 'curl' | 'grpcurl' | 'ts';
  readonly example?: boolean;
}

/** Calls a method and prints what it answers, or does what `--example` or `--as` ask for instead. */
export async function call(context: CommandContext, name: string, options: CallOptions): Promise<void> {
  const { output, settings } = context;
  const headers = readHeaders(options.header ?? []);
  const timeoutMs =
    options.deadline === undefined ? undefined : parseDuration(options.deadline, '--deadline');
  const source = jsonSource(context, options.data);
  await withTarget(context, options.via, async (target) => {
    const known = await findMethod(target, name);
    if (options.example) {
      const { exampleMessage } = await import('../contracts/example-message.ts');
      output.document(exampleMessage(known.method.input));
      return;
    }
    if (options.as !== undefined) {
      const { commandFor } = await import('./command-for.ts');
      const command = commandFor(options.as, known, {
        edge: settings.edge,
        headers,
        requests: await documentsOf(source),
      });
      if (output.json) output.document({ command });
      else output.line(command);
      return;
    }
    const transport = target.transport({ instance: options.instance, protocol: options.protocol });
    const trace = options.trace ? newTrace() : undefined;
    if (trace !== undefined) headers.set('traceparent', trace.traceparent);
    const startedMs = performance.now();
    try {
      await send(context, {
        known,
        transport,
        source,
        headers,
        timeoutMs,
        verbose: options.verbose === true,
        unredacted: options.unredacted === true,
      });
    } catch (error) {
      throw callFailure(error, known);
    } finally {
      // A call that failed is the one whose trace is wanted most.
      if (trace !== undefined) await drawTrace(context, trace.traceId);
    }
    if (options.verbose)
      output.note(`* ${methodName(known.method)} in ${(performance.now() - startedMs).toFixed(1)} ms`);
  });
}

interface Sending {
  readonly known: KnownMethod;
  readonly transport: Transport;
  readonly source: JsonSource;
  readonly headers: Headers;
  readonly timeoutMs: number | undefined;
  readonly verbose: boolean;
  readonly unredacted: boolean;
}

async function send(context: CommandContext, sending: Sending): Promise<void> {
  const { output, settings, signal } = context;
  const { known, transport, source, headers, verbose } = sending;
  const { method, registry } = known;
  const shown = shownMessage(output, {
    registry,
    unredacted: sending.unredacted,
    hint: '--unredacted prints it',
  });
  const json = (message: Message) => shown(method.output, message);
  if (method.methodKind === 'unary') {
    const input = toMessage(await source.one(), known);
    const timeoutMs = sending.timeoutMs ?? settings.deadlineMs;
    const response = await transport.unary(method as DescMethodUnary, signal, timeoutMs, headers, input);
    if (verbose) tellMetadata(context, response.header, response.trailer);
    output.document(json(response.message));
    return;
  }
  const requests = messages(source, known);
  // A stream without a deadline lasts as long as both sides want.
  const response = await transport.stream(
    method as DescMethodStreaming,
    signal,
    sending.timeoutMs,
    headers,
    requests,
  );
  const single = method.methodKind === 'client_streaming';
  for await (const message of response.message) {
    if (single) output.document(json(message));
    else output.record(json(message));
    await output.drained();
  }
  if (verbose) tellMetadata(context, response.header, response.trailer);
}

/** The reply is the data; its trace is told beside it. */
async function drawTrace(context: CommandContext, traceId: string): Promise<void> {
  const { output } = context;
  const [{ waitForTrace }, { linesOfTrace }] = await Promise.all([
    import('../trace/wait-for-trace.ts'),
    import('../trace/waterfall.ts'),
  ]);
  const trace = await waitForTrace(context, traceId);
  if (trace === undefined) output.note(`the edge has not heard of trace ${traceId}`);
  else {
    const lines = linesOfTrace(trace, { width: output.width, paint: output.messagePaint }, false);
    output.note([`trace ${traceId}`, ...lines].join('\n'));
  }
}

async function documentsOf(source: JsonSource): Promise<JsonValue[]> {
  const documents: JsonValue[] = [];
  for await (const document of source.each()) documents.push(document);
  return documents;
}

async function* messages(source: JsonSource, known: KnownMethod): AsyncGenerator<Message> {
  if (known.method.methodKind === 'server_streaming') {
    yield toMessage(await source.one(), known);
    return;
  }
  for await (const value of source.each()) yield toMessage(value, known);
}

function tellMetadata({ output }: CommandContext, header: Headers, trailer: Headers): void {
  for (const [name, value] of header) output.note(`< ${name}: ${value}`);
  for (const [name, value] of trailer) output.note(`< ${name}: ${value} (trailer)`);
}
