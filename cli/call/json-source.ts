import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { JsonValue } from '@bufbuild/protobuf';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';

/** Where requests come from. Each of these reads it once. */
export interface JsonSource {
  /** All of it as one document; `{}` where no data was given. */
  one(): Promise<JsonValue>;
  /** Documents as they come, each on a line of its own or on several; none where no data was given. */
  each(): AsyncGenerator<JsonValue>;
}

/** Reads `--data`: JSON itself, `@file`, or `-` for standard input. */
export function jsonSource(
  { input, directory }: Pick<CommandContext, 'input' | 'directory'>,
  data: string | undefined,
): JsonSource {
  const name = data === '-' ? 'standard input' : data?.startsWith('@') ? data.slice(1) : '--data';
  const open = (): Readable => {
    if (data === '-') return input.stream;
    if (data?.startsWith('@')) return createReadStream(resolve(directory, data.slice(1)));
    return Readable.from([Buffer.from(data ?? '')]);
  };
  const whole = async (): Promise<string> => {
    try {
      return await text(open());
    } catch (error) {
      throw unreadable(name, error);
    }
  };
  async function* each(): AsyncGenerator<JsonValue> {
    let line = 0;
    let begun = 1;
    let pending = '';
    const stream = open();
    // Before the first line is asked for, nobody else listens.
    const failed = new Promise<never>((_, reject) =>
      stream.once('error', (error) => reject(unreadable(name, error))),
    );
    failed.catch(() => {});
    const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })[
      Symbol.asyncIterator
    ]();
    for (;;) {
      const next = await Promise.race([lines.next(), failed]);
      if (next.done) break;
      line++;
      if (pending === '') begun = line;
      pending += `${next.value}\n`;
      const document = parsed(pending);
      if (document !== undefined) {
        pending = '';
        yield document;
      } else if (pending.length > maxDocument) break;
    }
    // What was no document so far is none, or is too long: the reason is told by reading it once more.
    if (pending.trim() !== '') yield parse(pending, `${name} from line ${begun} on`);
  }
  return {
    async one() {
      const content = await whole();
      return content.trim() === '' ? {} : parse(content, name);
    },
    each,
  };
}

/** Longest document that is put together from lines, in characters: the largest message is 16 MiB. */
const maxDocument = 32 * 1024 * 1024;

/** Undefined for what is no whole document yet. */
function parsed(text: string): JsonValue | undefined {
  // Most lines are within a document: they are not worth an attempt.
  if (!/[}\]"\w]\s*$/.test(text)) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function parse(content: string, name: string): JsonValue {
  try {
    return JSON.parse(content) as JsonValue;
  } catch (error) {
    throw new CommandFailure({
      code: 'DATA_INVALID',
      exitCode: ExitCode.usage,
      what: `${name} is no JSON`,
      why: error instanceof Error ? error.message : String(error),
      hint: 'quote JSON for the shell, as in -d \'{"name":"Ada"}\', or use -d @file',
    });
  }
}

function unreadable(name: string, error: unknown): CommandFailure {
  return new CommandFailure({
    code: 'DATA_UNREADABLE',
    exitCode: ExitCode.usage,
    what: `${name} cannot be read`,
    why: error instanceof Error ? error.message : String(error),
    cause: error,
  });
}
