import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Message, MessageOf } from './messages.ts';

export interface Child {
  /** The next message of this type. Rejects where the process ends first, with what it wrote to stderr. */
  next<T extends Message['type']>(type: T): Promise<MessageOf<T>>;
  /** Asks a server process for its CPU time so far, in microseconds. */
  cpuUs(): Promise<number>;
  /** Lets the timed window of a client process begin. */
  begin(): void;
  /** Ends the process and waits until it has ended. */
  stop(): Promise<void>;
}

/** Starts a program of this folder in a process of its own. */
export function startChild(
  program: 'server-process.ts' | 'client-process.ts',
  args: readonly string[],
): Child {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = fork(path, [...args], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4000);
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });

  const next = <T extends Message['type']>(type: T): Promise<MessageOf<T>> =>
    new Promise((resolve, reject) => {
      const onMessage = (message: Message): void => {
        if (!isOf(message, type)) return;
        child.off('message', onMessage);
        resolve(message);
      };
      child.on('message', onMessage);
      ended.then(() => {
        const how = child.signalCode ?? `exit code ${child.exitCode}`;
        reject(new Error(`${program} ${args.join(' ')} ended (${how}) before "${type}":\n${stderr}`));
      }, reject);
    });

  return {
    next,
    async cpuUs() {
      const report = next('cpu');
      child.send({ type: 'cpu' });
      return (await report).cpuUs;
    },
    begin() {
      child.send({ type: 'begin' });
    },
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function isOf<T extends Message['type']>(message: Message, type: T): message is MessageOf<T> {
  return message.type === type;
}
