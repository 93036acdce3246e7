import { randomBytes } from 'node:crypto';
import type { Connection } from '../connection/connection.ts';
import { headerBlock } from '../connection/raw-message.ts';
import { headerStatus } from '../wire/header-block.ts';
import { microName } from './micro-responses.ts';
import { readServiceStats, type ServiceStats } from './service-stats.ts';

/** Silence after which nobody else is expected to answer, and the longest wait for the first answer, in milliseconds. */
const quietMs = 150;
const firstAnswerMs = 1_000;

/** The longest wait in all, in milliseconds: instances that join all the time must not keep it going. */
const longestMs = 3_000;

/** Longest answer that is read, in bytes: whoever listens on the subject may answer. */
const maxAnswerBytes = 1024 * 1024;

/**
 * Asks all instances for what they have counted (`$SRV.STATS`), and waits until answers have stopped coming. An instance
 * whose event loop is blocked answers too late and is left out.
 *
 * @param service full name; all services where it is left out
 */
export async function gatherStats(connection: Connection, service?: string): Promise<ServiceStats[]> {
  const inbox = `${connection.options.inboxPrefix}.${randomBytes(8).toString('hex')}`;
  const answers: ServiceStats[] = [];
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      clearTimeout(quiet);
      clearTimeout(longest);
      subscription.unsubscribe();
      resolve();
    };
    let quiet = setTimeout(finish, firstAnswerMs);
    const longest = setTimeout(finish, longestMs);
    const subscription = connection.subscribe(inbox, (message) => {
      const head = headerBlock(message);
      // The broker's word that nobody is there.
      if (head !== undefined && headerStatus(head) === 503) {
        finish();
        return;
      }
      const stats = readAnswer(message.data);
      if (stats !== undefined) answers.push(stats);
      clearTimeout(quiet);
      quiet = setTimeout(finish, quietMs);
    });
    const subject = service === undefined ? '$SRV.STATS' : `$SRV.STATS.${microName(service)}`;
    connection.publish(subject, new Uint8Array(0), undefined, inbox);
  });
  return answers.toSorted((a, b) => order(a.service, b.service) || order(a.instance, b.instance));
}

function readAnswer(data: Uint8Array): ServiceStats | undefined {
  if (data.length > maxAnswerBytes) return undefined;
  try {
    return readServiceStats(JSON.parse(new TextDecoder().decode(data)));
  } catch {
    // No JSON: whoever it is, it is no micro service.
    return undefined;
  }
}

function order(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
