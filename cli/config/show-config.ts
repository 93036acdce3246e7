import type { CommandContext } from '../program/command-context.ts';
import { type SettingName, settingMeanings, settingNames } from '../settings/setting-names.ts';

/** Prints each setting with its origin. A token is not shown. */
export function showConfig({ output, settings }: CommandContext): void {
  const rows = settingNames.map((name) => {
    const setting = settings.all.get(name);
    return {
      name,
      value: setting === undefined ? null : shown(name, setting.value),
      origin: setting?.origin ?? null,
    };
  });
  if (output.json) {
    output.document({ settings: rows });
    return;
  }
  output.table(
    [
      { title: 'SETTING', text: ({ name }) => name },
      { title: 'VALUE', text: ({ value }) => value ?? '-', shrinksTo: 20 },
      { title: 'FROM', text: ({ origin }) => origin ?? 'nowhere', shrinksTo: 12, paint: output.paint.dim },
      { title: 'WHAT', text: ({ name }) => settingMeanings[name], optional: 1, paint: output.paint.dim },
    ],
    rows,
    '',
  );
}

function shown(name: SettingName, value: string): string {
  if (name === 'token') return '(hidden)';
  if (name === 'nats') return value.replaceAll(/\/\/[^@/,]*@/g, '//(hidden)@');
  return value;
}
