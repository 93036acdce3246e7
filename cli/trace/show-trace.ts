import { toJson } from '@bufbuild/protobuf';
import { type Trace, TraceSchema, TraceService } from '@busline/schemas/busline/traces/v1/traces';
import { createClient } from '@connectrpc/connect';
import { edgeTransport } from '../connection/edge-transport.ts';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { linesOfTrace } from './waterfall.ts';

/** Shows a trace as a waterfall, or as the service tells it. */
export async function showTrace(
  context: CommandContext,
  id: string,
  { attributes = false }: { readonly attributes?: boolean },
): Promise<void> {
  const traceId = /^00-([0-9a-f]{32})-/.exec(id)?.[1] ?? id.toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(traceId)) {
    throw new CommandFailure({
      code: 'USAGE',
      exitCode: ExitCode.usage,
      what: `"${id}" is no trace id`,
      why: 'it is 32 hexadecimal digits, or a whole traceparent',
      hint: 'busline trace ls lists them',
    });
  }
  const trace = await createClient(TraceService, edgeTransport(context)).getTrace({ traceId });
  printTrace(context, trace, attributes);
}

function printTrace({ output }: CommandContext, trace: Trace, attributes: boolean): void {
  if (output.json) {
    output.document(toJson(TraceSchema, trace, { alwaysEmitImplicit: true }));
    return;
  }
  for (const line of linesOfTrace(trace, output, attributes)) output.line(line);
  if (trace.summary?.connected === false)
    output.note('some spans are not there (yet): they come in batches, some seconds apart');
}
