import { styleText } from 'node:util';
import { shortPath } from './broker.ts';
import type { StackEvent } from './events.ts';
import { withoutPassword } from './probe-nats.ts';
import type { Stack } from './stack.ts';
import type { CommandExample, HttpExample } from './worker-folders.ts';

/** How to mark text: with colours on a terminal, not at all elsewhere. */
export interface Paint {
  title(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  dim(text: string): string;
}

export function createPaint(colours: boolean): Paint {
  const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    colours ? styleText(format, text, { validateStream: false }) : text;
  return { title: style('bold'), good: style('green'), bad: style('red'), dim: style('dim') };
}

const WIDTH = 72;

/** What a person needs once everything runs. */
export function renderBanner(
  stack: Pick<
    Stack,
    | 'apiUrl'
    | 'hasDocs'
    | 'isOpen'
    | 'natsUrl'
    | 'natsDescription'
    | 'workers'
    | 'examples'
    | 'logDir'
    | 'startedInMs'
  >,
  product: { readonly name: string; readonly version: string; readonly watch: boolean },
  paint: Paint,
): string[] {
  const title = `${product.name} ${product.version}`;
  const ready = `ready in ${seconds(stack.startedInMs)}`;
  const workers = [...stack.workers].map(([name, count]) => `${name} ×${count}`).join(' · ');
  const example = stack.examples[0];
  const rows: [string, string][] = [
    ['API', `${stack.apiUrl}   ${paint.dim('REST · Connect · gRPC · gRPC-Web')}`],
    ...(stack.hasDocs ? [['Docs', `${stack.apiUrl}/docs`] as [string, string]] : []),
    ['Access', stack.isOpen ? 'open: anybody on this machine, without credentials' : 'by credentials'],
    ['NATS', `${withoutPassword(stack.natsUrl)}   ${paint.dim(stack.natsDescription)}`],
    ['Workers', workers === '' ? 'none' : workers],
    ['Logs', shortPath(stack.logDir)],
    ['Try', renderExample(stack.apiUrl, example)],
    ...(example?.call === undefined ? [] : [['or', renderCall(example.call)] as [string, string]]),
  ];
  return [
    `${paint.title(title)}${' '.repeat(Math.max(2, WIDTH - title.length - ready.length))}${paint.good(ready)}`,
    ...rows.map(([label, text]) => `  ${label.padEnd(9)} ${text}`),
    paint.dim(product.watch ? '  Reloads on save. Ctrl-C stops.' : '  Ctrl-C stops.'),
  ];
}

/** A curl call that can be copied into a shell. */
export function renderExample(apiUrl: string, example: HttpExample | undefined): string {
  if (example === undefined) return `curl -s ${apiUrl}/readyz`;
  const address = shellWord(`${apiUrl}${example.path}`);
  if (example.body === undefined) return `curl -s ${address}`;
  const body = shellWord(JSON.stringify(example.body));
  return `curl -s ${address} -H 'content-type: application/json' -d ${body}`;
}

/** The same from the command line. */
function renderCall({ method, data }: CommandExample): string {
  return `npx busline call ${method} -d ${shellWord(JSON.stringify(data))}`;
}

/** Quoted for a POSIX shell, where it needs to be. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** One event, with its time before the first line. */
export function renderEvent(event: StackEvent, now: Date, paint: Paint): string[] {
  const [first = '', ...rest] = describe(event, paint);
  const time = now.toTimeString().slice(0, 8);
  return [`${paint.dim(time)}  ${first}`, ...rest.map((line) => `          ${line}`)];
}

function describe(event: StackEvent, paint: Paint): string[] {
  switch (event.type) {
    case 'waiting':
      return [`waiting for ${event.what}`];
    case 'nats-search':
      return [`nats-server, ${event.search.step}: ${event.search.text}`];
    case 'port-moved':
      return [`port ${event.wanted} is taken, ${event.what} uses ${event.used}`];
    case 'crashed':
      return [
        `${paint.bad(`${event.process} ${event.how === 'exit code 0' ? 'ended' : 'crashed'}`)} (${event.how}), restarting in ${seconds(event.restartInMs)}`,
        ...indented(event.output),
        ...(event.crashLoop ? [`it keeps crashing; its log is ${shortPath(event.logFile)}`] : []),
      ];
    case 'warned': {
      const [first = '', ...rest] = event.text.split('\n');
      return [`${paint.bad(event.process)}: ${first}`, ...indented(rest.join('\n'))];
    }
    case 'failures-logged':
      return [
        ...event.failures.flatMap(({ text, details }) => [
          `${paint.bad(event.process)}: ${text.split('\n', 1)[0]}`,
          ...indented(details.join('\n')),
        ]),
        ...(event.more > 0 ? [`${event.more} more in ${shortPath(event.logFile)}`] : []),
      ];
    case 'restarted':
      return [paint.good(`${event.process} runs again`)];
    case 'reloaded':
      return [paint.good(`${event.what} reloaded in ${seconds(event.elapsedMs)}`)];
    case 'reload-failed':
      return [
        `${paint.bad(`${event.what} not reloaded`)}: ${event.why}; what ran before still runs`,
        ...indented(event.output),
      ];
    case 'generated':
      return [`contracts generated in ${seconds(event.elapsedMs)}`];
    case 'streams-applied':
      return ['event streams, as the contracts say:', ...indented(event.output)];
    case 'worker-added':
      return [paint.good(`new worker ${event.name} ×${event.replicas}`)];
    case 'scaled':
      return [paint.good(`${event.name} ×${event.replicas}, as asked`)];
    case 'worker-removed':
      return [`worker ${event.name} is gone`];
    case 'killed':
      return [paint.bad(`${event.process} did not end within ${seconds(event.graceMs)} and was killed`)];
  }
}

function indented(output: string): string[] {
  return output === '' ? [] : output.split('\n').map((line) => `  ${line}`);
}

/** `0.4 s` or, from ten seconds on, `12 s`. */
export function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(durationMs < 9_950 ? 1 : 0)} s`;
}

/** Which steps of the search for a NATS server take long enough to be shown. */
export function isShown(event: StackEvent): boolean {
  return event.type !== 'nats-search' || event.search.kind === 'progress' || event.search.kind === 'failed';
}
