import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

/** Chromium, driven over its DevTools protocol. */
export interface Browser extends AsyncDisposable {
  open(url: string, options?: PageOptions): Promise<Page>;
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

export interface Page {
  /** The value of an expression in the page, which must be JSON. */
  evaluate(expression: string): Promise<unknown>;
  /** Resolves with the text of the expression's first value that is truthy. */
  until(expression: string, timeoutMs?: number): Promise<string>;
  /** What the page complained about so far: errors of scripts, refusals by its own security policy. */
  readonly complaints: readonly string[];
  /** URLs the page has asked for so far. */
  readonly requested: readonly string[];
  /** Types into the input that a CSS selector finds, once it is there, and leaves it. */
  type(selector: string, text: string): Promise<void>;
  screenshot(): Promise<Buffer>;
}

/** Path of an installed Chromium or Chrome; undefined where there is none. */
export function findBrowser(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}

export async function startBrowser(path: string): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'busline-browser-'));
  const child = spawn(path, [...flags, `--user-data-dir=${profile}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const devTools = await connectDevTools(await addressOf(child));
  return {
    open: (url, options) => openPage(devTools, url, options),
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      await devTools.send('Browser.close').catch(() => child.kill('SIGKILL'));
      await exited;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const flags = [
  '--headless',
  // The tests may run as root, as in a container.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-port=0',
];

async function addressOf(child: ChildProcess): Promise<string> {
  if (child.stderr === null) throw new Error('the browser has no standard error');
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    const address = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (address !== undefined) {
      child.stderr.resume();
      return address;
    }
    said.push(line);
  }
  throw new Error(`the browser ended: ${said.join('\n')}`);
}

type Params = Readonly<Record<string, unknown>>;

interface DevTools {
  send(method: string, params?: Params, sessionId?: string): Promise<Params>;
  onEvent(sessionId: string, listener: (method: string, params: Params) => void): void;
}

async function connectDevTools(address: string): Promise<DevTools> {
  const socket = new WebSocket(address);
  const waiting = new Map<number, PromiseWithResolvers<Params>>();
  const listeners = new Map<string, (method: string, params: Params) => void>();
  let lastId = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error, method, params, sessionId } = JSON.parse(String(data));
    if (id === undefined) listeners.get(sessionId)?.(method, params);
    else if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(error.message));
  });
  socket.addEventListener('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the browser is gone'));
  });
  await once(socket, 'open');
  return {
    send(method, params = {}, sessionId) {
      const answer = Promise.withResolvers<Params>();
      waiting.set(++lastId, answer);
      socket.send(
        JSON.stringify({ id: lastId, method, params, ...(sessionId !== undefined && { sessionId }) }),
      );
      return answer.promise;
    },
    onEvent: (sessionId, listener) => void listeners.set(sessionId, listener),
  };
}

async function openPage(devTools: DevTools, url: string, options: PageOptions = {}): Promise<Page> {
  const { width = 1280, height = 900, colorScheme = 'light' } = options;
  const { targetId } = await devTools.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await devTools.send('Target.attachToTarget', { targetId, flatten: true });
  const send = (method: string, params?: Params) => devTools.send(method, params, String(sessionId));
  const complaints: string[] = [];
  const requested: string[] = [];
  devTools.onEvent(String(sessionId), (method, params) => {
    if (method === 'Network.requestWillBeSent') requested.push(String((params.request as Params).url));
    if (method === 'Runtime.exceptionThrown' || method === 'Log.entryAdded')
      complaints.push(JSON.stringify(params));
  });
  for (const domain of ['Runtime', 'Log', 'Network', 'Page']) await send(`${domain}.enable`);
  await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  await send('Emulation.setEmulatedMedia', {
    features: [{ name: 'prefers-color-scheme', value: colorScheme }],
  });
  await send('Page.navigate', { url });

  const evaluate = async (expression: string): Promise<unknown> => {
    const { result, exceptionDetails } = await send('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return (result as Params).value;
  };
  const until = async (expression: string, timeoutMs = 30_000): Promise<string> => {
    // Asked in the page itself, every 20 ms.
    const value = await evaluate(`new Promise((resolve) => {
        const end = Date.now() + ${timeoutMs};
        const look = () => {
          let value;
          try { value = ${expression}; } catch {}
          if (value || Date.now() > end) resolve(value ? String(value) : null);
          else setTimeout(look, 20);
        };
        look();
      })`);
    if (value === null) throw new Error(`the page never came to: ${expression}`);
    return String(value);
  };
  return {
    complaints,
    requested,
    evaluate,
    until,
    async type(selector, text) {
      const element = `document.querySelector(${JSON.stringify(`${selector}:enabled`)})`;
      await until(element);
      await evaluate(`${element}.focus()`);
      await send('Input.insertText', { text });
      await evaluate('document.activeElement.blur()');
    },
    async screenshot() {
      const { data } = await send('Page.captureScreenshot', { format: 'png' });
      return Buffer.from(String(data), 'base64');
    },
  };
}
