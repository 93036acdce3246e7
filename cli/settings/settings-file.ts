import { readFileSync } from 'node:fs';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { type SettingName, settingNames } from './setting-names.ts';

export type SettingValues = Partial<Record<SettingName, string>>;

/**
 * Reads `busline.json` or a context. Undefined: there is no such file.
 *
 * @throws CommandFailure for a file that is there and cannot be used.
 */
export function readSettingsFile(file: string): SettingValues | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw unusable(file, error instanceof Error ? error.message : String(error));
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw unusable(file, error instanceof Error ? error.message : String(error));
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw unusable(file, 'it is no JSON object');
  const values: SettingValues = {};
  for (const [name, value] of Object.entries(content)) {
    if (!isSettingName(name))
      throw unusable(file, `it has "${name}", which is none of ${settingNames.join(', ')}`);
    if (typeof value !== 'string') throw unusable(file, `"${name}" is no string`);
    values[name] = value;
  }
  return values;
}

export function isSettingName(name: string): name is SettingName {
  return settingNames.some((known) => known === name);
}

function unusable(file: string, why: string): CommandFailure {
  return new CommandFailure({
    code: 'SETTINGS_UNUSABLE',
    exitCode: ExitCode.usage,
    what: `${file} cannot be used`,
    why,
    hint: 'correct it, or remove it',
    docs: 'docs/cli.md#configuration',
  });
}
