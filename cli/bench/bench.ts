import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { DescMethodUnary } from '@bufbuild/protobuf';
import { codeTable, faultReason } from '@busline/bus/errors';
import { ConnectError } from '@connectrpc/connect';
import { callFailure } from '../call/call-failure.ts';
import { findMethod } from '../call/find-method.ts';
import { readHeaders } from '../call/headers.ts';
import { jsonSource } from '../call/json-source.ts';
import { toMessage } from '../call/to-message.ts';
import type { EdgeProtocol } from '../connection/edge-transport.ts';
import { type Via, withTarget } from '../connection/target.ts';
import { methodName } from '../contracts/known-service.ts';
import { formatMs } from '../output/durations.ts';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { parseDuration } from '../settings/duration.ts';
import { type BenchReport, benchReport } from './bench-report.ts';
import { drive } from './drive.ts';
import { parseThreshold } from './thresholds.ts';

export interface BenchOptions {
  readonly data?: string;
  readonly concurrency: number;
  readonly duration: string;
  readonly rate?: number;
  readonly warmup: string;
  readonly via?: Via;
  readonly protocol?: EdgeProtocol;
  readonly header?: readonly string[];
  readonly compare?: string;
  readonly failIf?: readonly string[];
}

/** Measures a method, and compares. */
export async function bench(context: CommandContext, name: string, options: BenchOptions): Promise<void> {
  const { output, settings, signal } = context;
  const { concurrency, rate } = options;
  const durationMs = parseDuration(options.duration, '--duration');
  const warmupMs = parseDuration(options.warmup, '--warmup');
  const thresholds = (options.failIf ?? []).map(parseThreshold);
  const headers = readHeaders(options.header ?? []);
  const before = options.compare === undefined ? undefined : await readReport(context, options.compare);
  await withTarget(context, options.via, async (target) => {
    const known = await findMethod(target, name);
    if (known.method.methodKind !== 'unary') {
      throw new CommandFailure({
        code: 'USAGE',
        exitCode: ExitCode.usage,
        what: `${methodName(known.method)} is no unary method`,
        why: 'how long a stream takes is up to both sides',
      });
    }
    const method = known.method as DescMethodUnary;
    const message = toMessage(await jsonSource(context, options.data).one(), known);
    const transport = target.transport({ protocol: options.protocol });
    const call = () => transport.unary(method, signal, settings.deadlineMs, headers, message);
    // One that cannot succeed is told before it is made a hundred thousand times.
    await call().catch((error: unknown) => {
      throw callFailure(error, known);
    });
    if (!output.json) output.note(`${methodName(method)} for ${options.duration}, after ${options.warmup}`);
    const driven = await drive(call, failureOf, { concurrency, durationMs, warmupMs, rate, signal });
    const report = benchReport(driven, {
      method: methodName(method),
      via: target.via === 'edge' ? `edge ${options.protocol ?? 'connect'}` : 'nats',
      concurrency,
      rate: rate ?? null,
    });
    show(context, report, before);
    const passed = thresholds.filter((threshold) => threshold.passedBy(report, before));
    for (const { text } of passed) output.note(`${output.messagePaint.bad('failed:')} ${text}`);
    if (passed.length > 0) context.endWith(ExitCode.checkFailed);
  });
}

function failureOf(error: unknown): string {
  if (!(error instanceof ConnectError)) return 'FAILURE';
  return faultReason(error) ?? codeTable[error.code].name;
}

function show({ output }: CommandContext, report: BenchReport, before: BenchReport | undefined): void {
  if (output.json) {
    output.document(before === undefined ? report : { ...report, before });
    return;
  }
  const { latencyMs, throughput, calls, failed, errors, seconds, rate, maxLateMs } = report;
  const old = before?.latencyMs;
  const rows = [
    {
      name: 'calls/s',
      now: throughput.toFixed(0),
      was: before?.throughput.toFixed(0),
      ratio: ratio(throughput, before?.throughput),
    },
    ...(['min', 'mean', 'p50', 'p90', 'p95', 'p99', 'p999', 'max'] as const).map((name) => ({
      name: name === 'p999' ? 'p99.9' : name,
      now: formatMs(latencyMs[name]),
      was: old && formatMs(old[name]),
      ratio: ratio(latencyMs[name], old?.[name]),
    })),
  ];
  output.table(
    [
      { title: 'FIGURE', text: ({ name }) => name },
      { title: before === undefined ? 'VALUE' : 'NOW', text: ({ now }) => now, align: 'right' },
      ...(before === undefined
        ? []
        : [
            {
              title: 'BEFORE',
              text: ({ was }: (typeof rows)[number]) => was ?? '-',
              align: 'right' as const,
            },
            { title: 'RATIO', text: (row: (typeof rows)[number]) => row.ratio, align: 'right' as const },
          ]),
    ],
    rows,
    '',
  );
  output.note(`${calls} answers in ${seconds.toFixed(1)} s`);
  if (failed > 0) {
    const list = Object.entries(errors).map(([code, count]) => `${code} ${count}`);
    output.note(output.messagePaint.bad(`${failed} failed: ${list.join(', ')}`));
  }
  if (rate !== null && throughput < rate * 0.95)
    output.note(
      `the rate of ${rate} a second was not reached; a call was made up to ${formatMs(maxLateMs)} late`,
    );
}

function ratio(now: number, was: number | undefined): string {
  return was === undefined || was === 0 ? '-' : `${(now / was).toFixed(2)}x`;
}

async function readReport({ directory }: CommandContext, file: string): Promise<BenchReport> {
  try {
    const report = JSON.parse(await readFile(resolve(directory, file), 'utf8')) as Partial<BenchReport>;
    if (typeof report.latencyMs?.p99 !== 'number' || typeof report.throughput !== 'number')
      throw new Error('it is no report of busline bench --json');
    return report as BenchReport;
  } catch (error) {
    throw new CommandFailure({
      code: 'REPORT_UNUSABLE',
      exitCode: ExitCode.usage,
      what: `--compare ${file} cannot be used`,
      why: error instanceof Error ? error.message : String(error),
    });
  }
}
