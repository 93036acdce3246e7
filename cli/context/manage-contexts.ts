import { resolve } from 'node:path';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { openContexts } from '../settings/contexts.ts';
import { parseDuration } from '../settings/duration.ts';
import type { SettingValues } from '../settings/settings-file.ts';

export function listContexts(context: CommandContext): void {
  const { output, env } = context;
  const contexts = openContexts(env);
  const chosen = contexts.chosen();
  const rows = contexts
    .names()
    .map((name) => ({ name, chosen: name === chosen, settings: contexts.read(name) }));
  if (output.json) {
    output.document({ contexts: rows });
    return;
  }
  output.table(
    [
      { title: ' ', text: (row) => (row.chosen ? '*' : '') },
      { title: 'CONTEXT', text: ({ name }) => name },
      { title: 'EDGE', text: ({ settings }) => settings.edge ?? '-', shrinksTo: 12 },
      { title: 'NATS', text: ({ settings }) => settings.nats ?? '-', shrinksTo: 12 },
    ],
    rows,
    'no contexts yet: busline context save <name> --edge <url> --nats <url>',
  );
}

export function saveContext(
  context: CommandContext,
  name: string,
  { tokenFile, deadline }: { readonly tokenFile?: string; readonly deadline?: string },
): void {
  const { env, settings, directory } = context;
  if (deadline !== undefined) parseDuration(deadline, '--deadline');
  // Only what was said here: what runs at this moment, or the environment, is no part of a name.
  const values: SettingValues = {};
  for (const [key, { value, origin }] of settings.all) if (origin.startsWith('flag ')) values[key] = value;
  if (tokenFile !== undefined) values.tokenFile = resolve(directory, tokenFile);
  if (deadline !== undefined) values.deadline = deadline;
  if (Object.keys(values).length === 0) {
    throw new CommandFailure({
      code: 'USAGE',
      exitCode: ExitCode.usage,
      what: 'there is nothing to save',
      hint: `busline context save ${name} --edge https://edge.example --nats nats://broker.example:4222`,
    });
  }
  openContexts(env).save(name, values);
  tell(context, `saved; busline context use ${name} makes it the default, --context ${name} uses it once`);
}

export function useContext(context: CommandContext, name: string | undefined): void {
  openContexts(context.env).choose(name);
  tell(context, name === undefined ? 'no context is used any more' : `${name} is used from now on`);
}

export function removeContext(context: CommandContext, name: string): void {
  openContexts(context.env).remove(name);
  tell(context, `${name} is removed`);
}

/** What was done, or as JSON what contexts there are then. */
function tell(context: CommandContext, done: string): void {
  if (context.output.json) listContexts(context);
  else context.output.note(done);
}
