import { spawn } from 'node:child_process';
import { edgeFetch } from '../connection/edge-fetch.ts';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';

/** What opens an address, by platform. */
const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** Prints a page's address, and opens it where there is a person who would see it. */
export async function openPage(
  context: CommandContext,
  page: string,
  { print }: { readonly print?: boolean },
): Promise<void> {
  const { output, settings } = context;
  const url = `${settings.edge}/${page.replace(/^\//, '')}`;
  const { status } = await edgeFetch(context)(url, { method: 'GET' });
  if (status === 404) {
    throw new CommandFailure({
      code: 'PAGE_UNKNOWN',
      exitCode: ExitCode.notFound,
      what: `the edge has no page ${url}`,
      why: 'pages can be switched off there (DOCS=off)',
      hint: 'busline open docs',
    });
  }
  if (output.json) output.document({ url });
  else output.line(url);
  if (print || output.json || !output.isTerminal) return;
  const [program, ...args] = openers[process.platform] ?? ['xdg-open'];
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  // The address is printed: whoever has no opener can use it.
  child.on('error', () => {});
  child.unref();
}
