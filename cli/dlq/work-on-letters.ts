import { setTimeout as delay } from 'node:timers/promises';
import type { Bus } from '@busline/bus';
import { withBus } from '../connection/with-bus.ts';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { explainError } from '../program/explain-error.ts';
import { findLetters, type LetterFilter } from './find-letters.ts';

export interface BulkOptions extends LetterFilter {
  readonly all?: boolean;
  readonly dryRun?: boolean;
  /** At most this many a second. */
  readonly rate?: number;
}

interface Work {
  /** Such as `retry`. */
  readonly verb: string;
  readonly done: string;
  run(bus: Bus, id: string): Promise<object>;
}

/** Sends dead letters again, to the consumers that failed. */
export async function retryLetters(
  context: CommandContext,
  ids: readonly string[],
  options: BulkOptions,
): Promise<void> {
  await workOn(context, ids, options, {
    verb: 'retry',
    done: 'sent again',
    async run(bus, id) {
      const { stream, sequence } = await bus.deadLetters.retry(id);
      return { stream, sequence };
    },
  });
}

/** Deletes dead letters. */
export async function discardLetters(
  context: CommandContext,
  ids: readonly string[],
  options: BulkOptions,
): Promise<void> {
  await workOn(context, ids, options, {
    verb: 'discard',
    done: 'discarded',
    async run(bus, id) {
      await bus.deadLetters.discard(id);
      return {};
    },
  });
}

async function workOn(
  context: CommandContext,
  given: readonly string[],
  { all, dryRun, rate, ...filter }: BulkOptions,
  { verb, done, run }: Work,
): Promise<void> {
  const { output, input, signal } = context;
  if (given.length > 0 === (all === true)) {
    throw new CommandFailure({
      code: 'USAGE',
      exitCode: ExitCode.usage,
      what:
        given.length > 0 ? 'ids and --all do not go together' : 'nothing says which dead letters are meant',
      hint: `busline dlq ${verb} <id> …, or busline dlq ${verb} --all --consumer <name>`,
    });
  }
  await withBus(context, async (bus) => {
    const ids = [...given];
    if (all) for await (const { deadLetterId } of findLetters(bus, filter)) ids.push(deadLetterId);
    if (dryRun) {
      if (output.json) output.document({ wouldDo: verb, ids });
      else for (const id of ids) output.line(id);
      output.note(`${ids.length} would be ${done}`);
      return;
    }
    if (ids.length === 0) {
      output.note('no dead letter fits');
      return;
    }
    // One that is named is meant; what a filter finds, or what cannot be undone, is asked for.
    if (all || verb === 'discard')
      await input.confirm(`${verb} ${ids.length} dead ${ids.length === 1 ? 'letter' : 'letters'}?`);
    let failed = 0;
    let firstFailure: ExitCode | undefined;
    for (const [index, id] of ids.entries()) {
      if (signal.aborted) break;
      try {
        const result = await run(bus, id);
        if (output.json) output.record({ deadLetterId: id, ok: true, ...result });
        else output.line(`${output.paint.good('ok')}      ${id}`);
      } catch (error) {
        failed++;
        const parts = await explainError(error);
        firstFailure ??= parts.exitCode;
        if (output.json)
          output.record({ deadLetterId: id, ok: false, error: { code: parts.code, message: parts.what } });
        else output.line(`${output.paint.bad('failed')}  ${id}  ${parts.what}`);
      }
      if (rate !== undefined && index < ids.length - 1)
        await delay(1_000 / rate, undefined, { signal }).catch(() => {});
    }
    if (ids.length !== 1) output.note(`${ids.length - failed} of ${ids.length} ${done}`);
    if (failed === 0) return;
    context.endWith(failed < ids.length ? ExitCode.partlyDone : (firstFailure ?? ExitCode.failure));
  });
}
