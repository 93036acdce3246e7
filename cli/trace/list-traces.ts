import { create, toJson } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromDate, timestampMs } from '@bufbuild/protobuf/wkt';
import {
  ListTracesRequestSchema,
  ListTracesResponseSchema,
  SpanStatus,
  TraceService,
} from '@busline/schemas/busline/traces/v1/traces';
import { createClient } from '@connectrpc/connect';
import { edgeTransport } from '../connection/edge-transport.ts';
import { parsePlace } from '../events/place.ts';
import { formatAge, formatMs } from '../output/durations.ts';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { parseDuration } from '../settings/duration.ts';
import { exactMs, shortName } from './span-words.ts';

export interface TraceListOptions {
  readonly errors?: boolean;
  readonly min?: string;
  readonly service?: string;
  readonly method?: string;
  readonly attribute?: readonly string[];
  readonly since?: string;
  readonly limit: string;
}

/** Lists traces as a table, or as the service tells them. */
export async function listTraces(context: CommandContext, options: TraceListOptions): Promise<void> {
  const { output } = context;
  const client = createClient(TraceService, edgeTransport(context));
  const { min, since, service = '', method = '', attribute = [], errors, limit } = options;
  const begin = since === undefined ? undefined : parsePlace(since, '--since');
  if (typeof begin === 'number') throw usage(`--since must be a time or a duration, not ${since}`);
  const pageSize = Number(limit);
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > 500)
    throw usage(`--limit must be a whole number from 1 to 500, not ${limit}`);
  const response = await client.listTraces(
    create(ListTracesRequestSchema, {
      pageSize,
      service,
      method,
      attributes: [...attribute],
      ...(errors && { status: SpanStatus.ERROR }),
      ...(min !== undefined && { minDuration: durationFromMs(parseDuration(min, '--min')) }),
      ...(begin !== undefined && { startTime: timestampFromDate(begin) }),
    }),
  );
  if (output.json) {
    output.document(toJson(ListTracesResponseSchema, response, { alwaysEmitImplicit: true }));
    return;
  }
  const { paint } = output;
  output.table(
    [
      { title: 'TRACE', text: ({ traceId }) => traceId },
      {
        title: 'AGE',
        text: ({ startTime }) => (startTime ? formatAge(Date.now() - timestampMs(startTime)) : '-'),
        align: 'right',
        optional: 3,
      },
      {
        title: 'TOOK',
        text: ({ rootDuration }) => formatMs(exactMs(rootDuration)),
        align: 'right',
      },
      { title: 'SPANS', text: ({ spanCount }) => String(spanCount), align: 'right', optional: 4 },
      {
        title: 'ERR',
        text: ({ errorCount }) => String(errorCount),
        align: 'right',
        paint: (text, { errorCount }) => (errorCount > 0 ? paint.bad(text) : paint.dim(text)),
      },
      { title: 'WHAT', text: ({ service: root, name }) => `${root} ${shortName(name)}`, shrinksTo: 18 },
      { title: 'SERVICES', text: ({ services }) => services.join(' '), shrinksTo: 12, optional: 2 },
    ],
    response.traces,
    'no traces kept that fit',
  );
}

function usage(what: string): CommandFailure {
  return new CommandFailure({ code: 'USAGE', exitCode: ExitCode.usage, what });
}
