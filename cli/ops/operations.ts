import { createRegistry, type JsonObject } from '@bufbuild/protobuf';
import { anyUnpack, durationFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { codeTable } from '@busline/bus/errors';
import {
  type OperationMetadata,
  OperationMetadataSchema,
  State,
} from '@busline/schemas/busline/durable/v1/operation';
import { type Operation, OperationSchema, Operations } from '@busline/schemas/google/longrunning/operations';
import { type Client, type Code, createClient } from '@connectrpc/connect';
import { edgeTransport } from '../connection/edge-transport.ts';
import { servicesOfEdge } from '../contracts/services-of-edge.ts';
import { formatAge } from '../output/durations.ts';
import { jsonText } from '../output/json-text.ts';
import { shownMessage } from '../output/shown-message.ts';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { parseDuration } from '../settings/duration.ts';

interface Edge {
  readonly client: Client<typeof Operations>;
  /** One as JSON, with what it holds; of a type that nobody declares any more, only whether it is done. */
  json(operation: Operation): JsonObject;
}

const pageSize = 100;

/** Longest wait of one request, in milliseconds: proxies end longer ones. */
const waitStepMs = 20_000;

export async function listOperations(
  context: CommandContext,
  { done, running, limit }: { readonly done?: boolean; readonly running?: boolean; readonly limit: string },
): Promise<void> {
  const { output } = context;
  const most = Number(limit);
  if (!Number.isInteger(most) || most < 1) throw usage(`--limit must be a whole number from 1, not ${limit}`);
  if (done && running) throw usage('--done and --running do not go together');
  const { client, json } = await openEdge(context);
  const operations: Operation[] = [];
  let pageToken = '';
  do {
    const page = await client.listOperations({
      filter: done ? 'done=true' : running ? 'done=false' : '',
      pageSize: Math.min(pageSize, most - operations.length),
      pageToken,
    });
    operations.push(...page.operations);
    pageToken = page.nextPageToken;
  } while (pageToken !== '' && operations.length < most);
  if (output.json) {
    output.document({
      operations: operations.map(json),
      more: pageToken !== '',
    });
    return;
  }
  const { paint } = output;
  output.table(
    [
      { title: 'ID', text: ({ operation }) => idOf(operation) },
      { title: 'METHOD', text: ({ metadata }) => metadata?.method ?? '-', shrinksTo: 16, keep: 'end' },
      {
        title: 'STATE',
        text: ({ operation, metadata }) => stateOf(operation, metadata),
        paint: (text, { operation }) =>
          operation.result.case === 'error' ? paint.bad(text) : operation.done ? paint.good(text) : text,
      },
      {
        title: 'TRIED',
        text: ({ metadata }) => String(metadata?.attempts ?? 0),
        align: 'right',
        optional: 2,
      },
      { title: 'AGE', text: ({ metadata }) => ageOf(metadata), align: 'right', optional: 1 },
    ],
    operations.map((operation) => ({ operation, metadata: metadataOf(operation) })),
    'no operations',
  );
  if (pageToken !== '') output.note('there are more: --limit');
}

export async function showOperation(
  context: CommandContext,
  id: string,
  options: { readonly unredacted?: boolean },
): Promise<void> {
  const { client, json } = await openEdge(context, options);
  const operation = await client.getOperation({ name: nameOf(id) });
  show(context, operation, json(operation));
}

export async function waitForOperation(
  context: CommandContext,
  id: string,
  { deadline, unredacted }: { readonly deadline: string; readonly unredacted?: boolean },
): Promise<void> {
  const { output, signal } = context;
  const endMs = performance.now() + parseDuration(deadline, '--deadline');
  const { client, json } = await openEdge(context, { unredacted });
  for (;;) {
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) {
      throw new CommandFailure({
        code: 'DEADLINE_EXCEEDED',
        exitCode: ExitCode.deadline,
        what: `operation ${id} is not over after ${deadline}`,
        hint: `it goes on; busline ops show ${id} tells how far it is`,
      });
    }
    const operation = await client.waitOperation(
      { name: nameOf(id), timeout: durationFromMs(Math.min(leftMs, waitStepMs)) },
      { signal },
    );
    if (!operation.done) continue;
    const { result } = operation;
    if (result.case === 'error') {
      const { code, message } = result.value;
      throw new CommandFailure({
        code: codeTable[code as Code]?.name ?? String(code),
        exitCode: ExitCode.callFailed,
        what: `operation ${id} ended with ${codeTable[code as Code]?.name ?? code}`,
        why: message || 'it gave no reason',
      });
    }
    const shown = json(operation);
    output.document(output.json ? shown : withoutType(shown.response));
    return;
  }
}

export async function cancelOperation(context: CommandContext, id: string): Promise<void> {
  const { client, json } = await openEdge(context);
  await client.cancelOperation({ name: nameOf(id) });
  const operation = await client.getOperation({ name: nameOf(id) });
  if (context.output.json) context.output.document(json(operation));
  else
    context.output.note(
      operation.done ? 'cancelled' : `asked; busline ops wait ${id} tells what comes of it`,
    );
}

async function openEdge(
  context: CommandContext,
  { unredacted = false }: { readonly unredacted?: boolean | undefined } = {},
): Promise<Edge> {
  const transport = edgeTransport(context);
  const services = await servicesOfEdge(transport);
  const registries = [...services.values()].map(({ registry }) => registry);
  const json = shownMessage(context.output, {
    registry: createRegistry(OperationMetadataSchema, ...registries),
    unredacted,
    hint: 'busline ops show <id> --unredacted shows it',
  });
  return {
    client: createClient(Operations, transport),
    json(operation) {
      try {
        return json(OperationSchema, operation) as JsonObject;
      } catch {
        return { name: operation.name, done: operation.done };
      }
    },
  };
}

function show({ output }: CommandContext, operation: Operation, json: JsonObject): void {
  if (output.json) {
    output.document(json);
    return;
  }
  const { paint } = output;
  const metadata = metadataOf(operation);
  const rows: [string, string][] = [
    ['id', idOf(operation)],
    ['method', metadata?.method ?? '-'],
    ['state', stateOf(operation, metadata)],
    ['attempts', String(metadata?.attempts ?? 0)],
    ['made', timeOf(metadata?.createTime)],
    ['begun', timeOf(metadata?.startTime)],
    ['over', timeOf(metadata?.doneTime)],
    ['kept until', timeOf(metadata?.expireTime)],
  ];
  for (const [name, text] of rows) output.line(`${paint.dim(name.padEnd(10))} ${text}`);
  const told = {
    progress: (json.metadata as JsonObject | undefined)?.progress,
    response: json.response,
    error: json.error,
  };
  for (const [name, value] of Object.entries(told)) {
    if (value === undefined) continue;
    output.line(paint.dim(name));
    output.line(jsonText(value, 2));
  }
}

function withoutType(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { '@type': _, ...rest } = value as Record<string, unknown>;
  return rest;
}

function metadataOf({ metadata }: Operation): OperationMetadata | undefined {
  return metadata && anyUnpack(metadata, OperationMetadataSchema);
}

function stateOf({ done, result }: Operation, metadata: OperationMetadata | undefined): string {
  if (result.case === 'error') return codeTable[result.value.code as Code]?.name ?? 'failed';
  if (done) return 'done';
  if (metadata?.cancelRequested) return 'cancelling';
  return metadata?.state === State.RUNNING ? 'running' : 'queued';
}

function idOf({ name }: Operation): string {
  return name.replace(/^operations\//, '');
}

function nameOf(id: string): string {
  return id.startsWith('operations/') ? id : `operations/${id}`;
}

function timeOf(time: OperationMetadata['createTime']): string {
  return time === undefined ? '-' : new Date(timestampMs(time)).toISOString();
}

function ageOf(metadata: OperationMetadata | undefined): string {
  return metadata?.createTime === undefined ? '-' : formatAge(Date.now() - timestampMs(metadata.createTime));
}

function usage(what: string): CommandFailure {
  return new CommandFailure({ code: 'USAGE', exitCode: ExitCode.usage, what });
}
