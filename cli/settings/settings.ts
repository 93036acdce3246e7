import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { openContexts } from './contexts.ts';
import { parseDuration } from './duration.ts';
import { findUpwards } from './find-upwards.ts';
import { type DevSession, findSession } from './session.ts';
import { type SettingName, settingNames } from './setting-names.ts';
import { readSettingsFile, type SettingValues } from './settings-file.ts';

/** A value and where it is from, for people. */
export interface Setting {
  readonly value: string;
  readonly origin: string;
}

/** What a command works with. */
export interface Settings {
  readonly edge: string;
  readonly nats: string;
  readonly prefix: string;
  /** Bearer token. Undefined: none. */
  readonly token: string | undefined;
  readonly deadlineMs: number;
  /** The running system of the project, if there is one. */
  readonly session: DevSession | undefined;
  /** Every setting that has a value, with its origin. */
  readonly all: ReadonlyMap<SettingName, Setting>;
}

export interface SettingsSources {
  readonly flags: SettingValues;
  readonly context: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
}

const defaults: SettingValues = {
  edge: 'http://127.0.0.1:8080',
  nats: 'nats://127.0.0.1:4222',
  prefix: 'rpc',
  deadline: '10s',
};

const variables: Readonly<Record<SettingName, readonly string[]>> = {
  edge: ['BUSLINE_EDGE'],
  nats: ['BUSLINE_NATS', 'NATS_URL'],
  prefix: ['BUSLINE_PREFIX'],
  token: ['BUSLINE_TOKEN'],
  tokenFile: ['BUSLINE_TOKEN_FILE'],
  deadline: ['BUSLINE_DEADLINE'],
};

/**
 * Looks for each setting in order: flag, environment, the context that `--context` names, the running system, the
 * project's file, the user's chosen context, default.
 *
 * @throws CommandFailure for a file, context or value that cannot be used.
 */
export function resolveSettings({ flags, context, env, directory }: SettingsSources): Settings {
  const contexts = openContexts(env);
  const session = findSession(directory);
  const project = findProject(directory);
  const chosen = context === undefined ? contexts.chosen() : undefined;
  const layers: { origin: (name: SettingName) => string; values: SettingValues }[] = [
    { origin: (name) => `flag --${name}`, values: flags },
    ...fromEnvironment(env),
    ...(context === undefined
      ? []
      : [{ origin: () => `context ${context}`, values: contexts.read(context) }]),
    ...(session === undefined
      ? []
      : [
          {
            origin: () => `running system, ${session.file}`,
            values: { edge: session.apiUrl, nats: session.natsUrl },
          },
        ]),
    ...(project === undefined ? [] : [{ origin: () => project.file, values: project.values }]),
    ...(chosen === undefined
      ? []
      : [{ origin: () => `chosen context ${chosen}`, values: contexts.read(chosen) }]),
    { origin: () => 'default', values: defaults },
  ];
  const all = new Map<SettingName, Setting>();
  for (const name of settingNames) {
    const layer = layers.find(({ values }) => values[name] !== undefined);
    const value = layer?.values[name];
    if (layer !== undefined && value !== undefined) all.set(name, { value, origin: layer.origin(name) });
  }
  const textOf = (name: SettingName): string => all.get(name)?.value ?? '';
  return {
    edge: address(textOf('edge')),
    nats: textOf('nats'),
    prefix: textOf('prefix'),
    token: readToken(all),
    deadlineMs: parseDuration(textOf('deadline'), 'deadline'),
    session,
    all,
  };
}

function fromEnvironment(env: NodeJS.ProcessEnv) {
  return settingNames.flatMap((name) =>
    variables[name].flatMap((variable) => {
      const value = env[variable];
      return value
        ? [{ origin: () => `environment ${variable}`, values: { [name]: value } as SettingValues }]
        : [];
    }),
  );
}

function findProject(directory: string): { file: string; values: SettingValues } | undefined {
  return findUpwards(directory, (folder) => {
    const file = join(folder, 'busline.json');
    const values = readSettingsFile(file);
    if (values?.token !== undefined)
      throw unusable('token', 'a file of the project is no place for it', 'set tokenFile');
    return values && { file, values };
  });
}

function readToken(all: ReadonlyMap<SettingName, Setting>): string | undefined {
  const token = all.get('token')?.value;
  const file = all.get('tokenFile')?.value;
  if (token !== undefined || file === undefined) return token;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw unusable(
      'tokenFile',
      error instanceof Error ? error.message : String(error),
      'name a file that can be read',
    );
  }
}

function address(value: string): string {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw unusable('edge', `"${value}" is no http:// or https:// address`, 'such as http://127.0.0.1:8080');
  return url.href.replace(/\/$/, '');
}

function unusable(name: string, why: string, hint: string): CommandFailure {
  return new CommandFailure({
    code: 'USAGE',
    exitCode: ExitCode.usage,
    what: `${name} cannot be used`,
    why,
    hint,
    docs: 'docs/cli.md#configuration',
  });
}
