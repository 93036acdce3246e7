/** What a private apt run needs to know. */
export interface PrivateApt {
  /** Directory that holds everything of this run; the machine's own apt state is not touched. */
  readonly directory: string;
  readonly mirror: string;
  readonly suite: string;
  /** Keyring that must have signed the suite; without it apt's own trusted keys decide. */
  readonly keyring: string | undefined;
}

/** The run's only source, in apt's deb822 format. Packages is the one index needed: no translations or icons. */
export function aptSource({ mirror, suite, keyring }: PrivateApt): string {
  const lines = [
    'Types: deb',
    `URIs: ${mirror}`,
    `Suites: ${suite}`,
    'Components: main',
    'Targets: Packages',
  ];
  if (keyring !== undefined) lines.push(`Signed-By: ${keyring}`);
  return `${lines.join('\n')}\n`;
}

/**
 * Configuration read after the machine's own, whose proxies and credentials therefore hold. Hooks are cleared:
 * they serve the machine's apt, not this one. The sandbox user is root because `_apt` cannot enter a private
 * directory; without root apt ignores the setting.
 */
export function aptConfig({ directory }: PrivateApt): string {
  return [
    '#clear APT::Update::Pre-Invoke;',
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    `Dir::Etc::sourcelist "${directory}/busline.sources";`,
    `Dir::Etc::sourceparts "${directory}/none";`,
    `Dir::State::lists "${directory}/lists";`,
    `Dir::State::status "/dev/null";`,
    `Dir::Cache "${directory}/cache";`,
    'Acquire::Languages "none";',
    'Acquire::Retries "1";',
    'Acquire::http::Timeout "10";',
    'Acquire::https::Timeout "10";',
    'APT::Sandbox::User "root";',
    '',
  ].join('\n');
}
