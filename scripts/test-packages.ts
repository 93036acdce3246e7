// npm run test:packages: builds the tarballs, installs them into an empty project that `busline new app` makes, and uses it as
// a stranger would. Needs no registry; `-- --npm` installs by npm, which asks one. Ends with `N passed, N failed`.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closingLine } from './closing-line.ts';
import { installOffline } from './packages/install-offline.ts';
import { eventually, type RunningProject, runIn, startIn } from './packages/project-run.ts';
import { REPO_ROOT } from './repo-files.ts';

const byNpm = process.argv.includes('--npm');
const tarballs = join(REPO_ROOT, 'dist');
const folder = await mkdtemp(join(tmpdir(), 'busline-packages-'));
const project = join(folder, 'shop');
const counts = { passed: 0, failed: 0, skipped: 0 };
let system: RunningProject | undefined;

/** One promise to whoever installs the packages. Later ones rest on earlier ones, so the first failure ends the run. */
async function check(promise: string, work: () => Promise<string | undefined>): Promise<void> {
  const began = performance.now();
  try {
    const remark = await work();
    counts.passed++;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`ok    ${promise} (${seconds} s${remark === undefined ? '' : `, ${remark}`})`);
  } catch (error) {
    counts.failed++;
    console.error(`FAIL  ${promise}\n${error instanceof Error ? error.message : error}`);
    throw error;
  }
}

/** Ends a check where `condition` does not hold. */
function ensure(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

async function answer(path: string): Promise<unknown> {
  const response = await fetch(`${system?.apiUrl}${path}`);
  return response.ok ? await response.json() : undefined;
}

/** What somebody writes by hand to make the first method of a new service say something of its own. */
const usefulHandler = `import type { MethodImpl } from '@connectrpc/connect';
import type { QuoteService } from '@shop/schemas/quote/v1/quote';

const quotes = new Map([
  ['tests', 'A test that cannot fail has not said anything.'],
  ['names', 'A good name saves a comment.'],
]);

/** Returns a quote by its name. */
export const getQuote: MethodImpl<typeof QuoteService.method.getQuote> = ({ name }) => ({
  name,
  text: quotes.get(name) ?? \`Nobody has said anything about \${name} yet.\`,
});
`;
const mostHandWrittenLines = 25;
const mostSecondsToService = 120;

async function everything(): Promise<void> {
  await check('the packages are built and packed', async () => {
    await runIn(REPO_ROOT, `"${process.execPath}" scripts/build.ts`);
    return undefined;
  });
  await check('busline new app makes a project', async () => {
    const busline = join(REPO_ROOT, 'dist/packages/cli/dist/bin/busline.js');
    await runIn(folder, `"${process.execPath}" "${busline}" new app shop --packages "${tarballs}"`);
    return undefined;
  });
  await check(byNpm ? 'npm installs it' : 'its packages are installed from the tarballs', async () => {
    if (byNpm) await runIn(project, 'npm install --ignore-scripts --prefer-offline');
    else await installOffline(project, tarballs);
    return undefined;
  });
  await check('its contracts are generated, its types and contracts hold, its tests pass', async () => {
    await runIn(project, 'npm run generate && npm run check && npm test');
    return undefined;
  });
  await check('its system starts, and its service answers', async () => {
    system = await startIn(project, 'busline dev --port 18480 --nats-port 18422');
    const text = JSON.stringify(await answer('/v1/hello/first'));
    ensure(text === '{"name":"first","text":"This is hello first."}', `it answered ${text}`);
    const docs = await fetch(`${system.apiUrl}/docs`);
    ensure(docs.ok && (await docs.text()).includes('swagger-ui'), 'its docs page is not whole');
    return undefined;
  });
  await check(
    'busline new service is at the edge while the system runs, and useful with few lines',
    async () => {
      const began = performance.now();
      const printed = await runIn(project, 'busline new service quote');
      ensure(printed.includes('CREATE workers/quote/main.ts'), printed);
      await eventually(
        'the new service answers',
        60_000,
        async () => (await answer('/v1/quote/tests')) !== undefined,
      );
      const made = (performance.now() - began) / 1000;
      const file = join(project, 'workers/quote/get-quote.ts');
      const before = new Set((await readFile(file, 'utf8')).split('\n'));
      const lines = usefulHandler.split('\n').filter((line) => !before.has(line)).length;
      await writeFile(file, usefulHandler);
      await eventually('what was written by hand answers', 60_000, async () =>
        JSON.stringify(await answer('/v1/quote/tests')).includes('cannot fail'),
      );
      const seconds = (performance.now() - began) / 1000;
      ensure(lines <= mostHandWrittenLines, `${lines} lines were written by hand`);
      ensure(seconds < mostSecondsToService, `it took ${seconds} s`);
      return `first answer after ${made.toFixed(1)} s, ${lines} lines by hand`;
    },
  );
  await check('busline new event and method make what runs', async () => {
    await runIn(
      project,
      'busline new event quote QuoteRead --consumer audit && busline new method quote AddQuote',
    );
    await eventually('the new method answers', 60_000, async () => {
      const body = JSON.stringify({ name: 'first' });
      const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
      return (await fetch(`${system?.apiUrl}/v1/quote:addQuote`, request)).ok;
    });
    return undefined;
  });
  await check('all of it holds: types, contracts, tests', async () => {
    await system?.stop();
    await runIn(project, 'npm run check && npm test');
    return undefined;
  });
}

try {
  await everything();
} catch {
  process.exitCode = 1;
} finally {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
}
console.log(closingLine(counts));
