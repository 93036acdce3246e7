import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { jsonSource } from '../call/json-source.ts';
import { withBus } from '../connection/with-bus.ts';
import { jsonText } from '../output/json-text.ts';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { letterJson } from './show-letters.ts';

export interface EditOptions {
  readonly data?: string;
  readonly retry?: boolean;
}

/** Puts another event in the place of the one that failed. */
export async function editLetter(
  context: CommandContext,
  id: string,
  { data, retry }: EditOptions,
): Promise<void> {
  const { output } = context;
  await withBus(context, async (bus) => {
    const letter = await bus.deadLetters.get(id);
    const event =
      data === undefined
        ? await editInEditor(context, jsonText(letter.event ?? {}, 2))
        : asObject(await jsonSource(context, data).one());
    const edited = await bus.deadLetters.edit(id, event);
    const sent = retry ? await bus.deadLetters.retry(id) : undefined;
    if (output.json)
      output.document({
        ...letterJson(edited),
        ...(sent && { retried: { stream: sent.stream, sequence: sent.sequence } }),
      });
    else if (sent === undefined) output.note(`edited; busline dlq retry ${id} sends it again`);
    else output.note(`edited, and sent again as ${sent.stream} ${sent.sequence}`);
  });
}

async function editInEditor({ input, env }: CommandContext, text: string): Promise<JsonObject> {
  const editor = env.VISUAL || env.EDITOR;
  if (!input.canAsk || !editor) {
    throw new CommandFailure({
      code: 'USAGE',
      exitCode: ExitCode.usage,
      what: 'there is no editor to edit in',
      why: input.canAsk ? 'neither VISUAL nor EDITOR is set' : 'this is no terminal',
      hint: 'give the whole event: busline dlq edit <id> -d @event.json',
    });
  }
  const folder = await mkdtemp(join(tmpdir(), 'busline-edit-'));
  const file = join(folder, 'event.json');
  try {
    await writeFile(file, `${text}\n`);
    const code = await new Promise<number | null>((resolve, reject) => {
      // By a shell, as git does: EDITOR may have arguments.
      const child = spawn(`${editor} "$1"`, ['', file], { shell: '/bin/sh', stdio: 'inherit' });
      child.once('error', reject).once('exit', resolve);
    });
    const edited = await readFile(file, 'utf8');
    if (code !== 0 || edited.trim() === text.trim()) {
      throw new CommandFailure({
        code: 'NOT_EDITED',
        exitCode: ExitCode.failure,
        what: 'nothing was done',
        why: code === 0 ? 'the event was saved as it was' : `the editor ended with ${code}`,
      });
    }
    return asObject(JSON.parse(edited) as JsonValue);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function asObject(value: JsonValue): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new CommandFailure({
    code: 'DATA_INVALID',
    exitCode: ExitCode.usage,
    what: 'the event is no JSON object',
    hint: 'busline dlq show <id> --json prints it as it is',
  });
}
