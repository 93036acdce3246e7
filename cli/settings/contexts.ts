import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { readSettingsFile, type SettingValues } from './settings-file.ts';

/** The user's own named settings, a file each, and which of them is chosen. */
export interface Contexts {
  readonly folder: string;
  names(): string[];
  chosen(): string | undefined;
  /** @throws CommandFailure when there is none of that name. */
  read(name: string): SettingValues;
  save(name: string, values: SettingValues): void;
  /** Undefined: none. */
  choose(name: string | undefined): void;
  remove(name: string): void;
}

export function openContexts(env: NodeJS.ProcessEnv): Contexts {
  const folder = join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'busline', 'contexts');
  const fileOf = (name: string) => join(folder, `${name}.json`);
  const choice = join(folder, '..', 'context');
  const names = (): string[] => {
    try {
      return readdirSync(folder)
        .filter((file) => file.endsWith('.json'))
        .map((file) => file.slice(0, -'.json'.length))
        .sort();
    } catch {
      return [];
    }
  };
  const mustExist = (name: string): void => {
    if (names().includes(name)) return;
    const known = names();
    throw new CommandFailure({
      code: 'CONTEXT_UNKNOWN',
      exitCode: ExitCode.notFound,
      what: `there is no context "${name}"`,
      why: known.length === 0 ? 'no context was saved yet' : `there are: ${known.join(', ')}`,
      hint: `busline context save ${name} --edge <url> --nats <url>`,
      docs: 'docs/cli.md#configuration',
    });
  };
  const chosen = (): string | undefined => {
    try {
      return readFileSync(choice, 'utf8').trim() || undefined;
    } catch {
      return undefined;
    }
  };
  return {
    folder,
    names,
    chosen,
    read(name) {
      mustExist(name);
      return readSettingsFile(fileOf(name)) ?? {};
    },
    save(name, values) {
      if (!/^[\w.-]+$/.test(name) || name.startsWith('.')) {
        throw new CommandFailure({
          code: 'USAGE',
          exitCode: ExitCode.usage,
          what: `"${name}" cannot be the name of a context`,
          hint: 'use letters, digits, dots and dashes',
        });
      }
      mkdirSync(folder, { recursive: true });
      writeFileSync(fileOf(name), `${JSON.stringify(values, null, 2)}\n`);
    },
    choose(name) {
      if (name === undefined) {
        rmSync(choice, { force: true });
        return;
      }
      mustExist(name);
      writeFileSync(choice, `${name}\n`);
    },
    remove(name) {
      mustExist(name);
      rmSync(fileOf(name));
      if (chosen() === name) rmSync(choice, { force: true });
    },
  };
}
