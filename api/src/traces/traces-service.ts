import { timestampDate, timestampNow } from '@bufbuild/protobuf/wkt';
import { TraceService, type TraceSummary } from '@busline/schemas/busline/traces/v1/traces';
import { Code, ConnectError } from '@connectrpc/connect';
import { type LocalService, localService } from '../local/local-service.ts';
import { traceFilter } from './trace-filter.ts';
import type { TraceRing } from './trace-ring.ts';

/** Traces of a page unless the caller says how many. */
const defaultPageSize = 50;

/** Shows the traces of a ring. @param instance the edge's, for lists that say whose traces they are */
export function tracesService(ring: TraceRing, instance: string): LocalService {
  const sinceTime = timestampNow();
  return localService(TraceService, {
    listTraces(request) {
      const matches = traceFilter(request);
      const before = request.pageToken === '' ? undefined : readPageToken(request.pageToken);
      const pageSize = request.pageSize || defaultPageSize;
      const found: TraceSummary[] = [];
      for (const trace of ring.traces()) {
        if ((before === undefined || place(trace.summary) < before) && matches(trace))
          found.push(trace.summary);
      }
      found.sort((a, b) => (place(a) < place(b) ? 1 : -1));
      const traces = found.slice(0, pageSize);
      const last = traces.at(-1);
      return {
        traces,
        nextPageToken: last !== undefined && found.length > pageSize ? place(last) : '',
        kept: {
          instance,
          sinceTime,
          traceCount: ring.size,
          byteCount: BigInt(ring.bytes),
          evictedCount: BigInt(ring.evicted),
          droppedSpanCount: BigInt(ring.droppedSpans),
        },
      };
    },
    getTrace({ traceId }) {
      const trace = ring.get(traceId);
      if (trace === undefined) {
        throw new ConnectError(
          `this edge has no trace ${traceId}: it was not recorded, had to make room, or belongs to before the edge started`,
          Code.NotFound,
        );
      }
      return { summary: trace.summary, spans: [...trace.spans] };
    },
  });
}

/** Where a trace stands in the list, as text that sorts like it: by time, then by id. */
function place({ startTime, traceId }: TraceSummary): string {
  const began = startTime === undefined ? '' : timestampDate(startTime).toISOString();
  return `${began}/${String(startTime?.nanos ?? 0).padStart(9, '0')}/${traceId}`;
}

function readPageToken(token: string): string {
  if (/^[0-9T:.Z-]*\/[0-9]{9}\/[0-9a-f]{32}$/.test(token)) return token;
  throw new ConnectError('page_token is not one that this service gave', Code.InvalidArgument);
}
