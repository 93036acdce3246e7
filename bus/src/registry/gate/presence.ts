import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Connection } from '../../connection/connection.ts';
import { headerBlock, trailingNumber } from '../../connection/raw-message.ts';
import { fault } from '../../errors/fault.ts';
import { headerStatus } from '../../wire/header-block.ts';

const nothing = new Uint8Array(0);

/**
 * Which of these contracts of a service somebody serves by now. Every instance subscribes to the subject of its
 * contract, and the broker says 503 for a subject that has no subscriber: neither a busy nor a frozen instance is
 * overlooked, and nobody has to answer.
 *
 * @throws ConnectError NOT_PERMITTED when the broker does not let this user ask; DISCONNECTED.
 */
export async function servedContracts(
  connection: Connection,
  service: string,
  digests: readonly string[],
): Promise<ReadonlySet<string>> {
  if (digests.length === 0) return new Set();
  const inbox = `${connection.options.inboxPrefix}.blc-${randomBytes(8).toString('hex')}`;
  const deserted = new Set<number>();
  let refused: string | undefined;
  const answers = connection.subscribe(`${inbox}.*`, (message) => {
    if (headerStatus(headerBlock(message) ?? nothing) === 503) deserted.add(trailingNumber(message));
  });
  const stopHearing = connection.onRefusal(({ subject }) => {
    refused ??= subject;
  });
  try {
    for (const [index, digest] of digests.entries())
      connection.publish(
        connection.subjects.contract(service, digest),
        nothing,
        undefined,
        `${inbox}.${index}`,
      );
    // The broker answers in order: whatever 503s there are come before the answer to the flush.
    await connection.flush();
    await nextTurn();
  } finally {
    answers.unsubscribe();
    stopHearing();
  }
  if (refused !== undefined) throw notPermitted(refused);
  return new Set(digests.filter((_, index) => !deserted.has(index)));
}

function notPermitted(subject: string) {
  return fault('NOT_PERMITTED', {
    message: `the broker does not let this user use ${subject}, by which a worker learns what contracts are served; grant it`,
    fate: 'never-started',
  });
}
