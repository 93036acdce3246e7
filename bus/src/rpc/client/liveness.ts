import type { Msg } from '@nats-io/nats-core';
import type { Connection } from '../../connection/connection.ts';
import { headerBlock } from '../../connection/raw-message.ts';
import { headerStatus } from '../../wire/header-block.ts';
import { receiptSuffix } from '../../wire/subject.ts';
import type { CallNumber, CallTable, PendingCall } from './call-table.ts';

/**
 * Notices within a second that the worker holding a call is gone (docs/protocol.md, "Liveness").
 *
 * The broker knows who is there: a request to a subject without subscriber comes back as 503 at once. So an
 * instance named by a receipt is probed on its own subject, and is dead exactly when the broker says so. A worker
 * that died before its receipt is found by asking every instance of the service which of the calls it holds; a
 * call that nobody holds, while every known instance has answered or is dead, is lost.
 *
 * A frozen instance is not a dead one: its subscriptions are still there. Its calls wait for their deadline.
 */
export interface Liveness {
  /** A message to the inbox that is not a reply: a receipt, an answer to `who`, a 503 for either. */
  onMessage(message: Msg): void;
  /** Looks at the calls under way, at most every `roundMs`. */
  check(nowMs: number): void;
}

/** Time between two rounds of questions, in milliseconds. Three rounds stay within the promised second. */
const roundMs = 200;

/** Age at which a call should have its receipt; workers send them after about 50 ms. */
const receiptDueMs = 120;

/** Rounds in which nobody claimed a call before it counts as lost. One could be a matter of order. */
const roundsUnclaimed = 2;

/** How long the instances of a service are remembered without being asked again, in milliseconds. */
const membersFreshMs = 5_000;

interface Service {
  readonly name: string;
  readonly index: number;
  /** Instances that answered `who` once and have not been found dead since, with the time they last spoke. */
  readonly members: Map<string, number>;
  askedAtMs: number;
}

export interface LivenessOptions {
  readonly connection: Connection;
  readonly table: CallTable;
  readonly inbox: string;
  readonly replySubject: (number: CallNumber) => string;
}

const text = { encoder: new TextEncoder(), decoder: new TextDecoder() };
const nothing = new Uint8Array(0);

export function createLiveness({ connection, table, inbox, replySubject }: LivenessOptions): Liveness {
  const { subjects } = connection;
  const services = new Map<string, Service>();
  const byIndex: Service[] = [];
  // Rounds a call has gone unclaimed. Keyed by the call, so that a finished one takes its count with it.
  const unclaimed = new WeakMap<PendingCall, number>();
  let checkedAtMs = 0;

  const serviceOf = (name: string): Service => {
    let service = services.get(name);
    if (service === undefined) {
      service = { name, index: byIndex.length, members: new Map(), askedAtMs: Number.NEGATIVE_INFINITY };
      services.set(name, service);
      byIndex.push(service);
    }
    return service;
  };

  const onInstanceDead = (instance: string): void => {
    for (const service of services.values()) service.members.delete(instance);
    table.forEach((call, number) => {
      if (call.instance !== instance) return;
      table.close(number);
      call.onWorkerLost(instance);
    });
  };

  const onWhoAnswer = (service: Service, body: Uint8Array): void => {
    const [instance, ...held] = text.decoder.decode(body).split('\n');
    if (instance === undefined || instance === '') return;
    service.members.set(instance, performance.now());
    for (const subject of held) {
      const number = Number(subject.slice(inbox.length + 1));
      if (subject.startsWith(`${inbox}.`) && Number.isInteger(number)) table.get(number)?.onReceipt(instance);
    }
  };

  const probe = (instance: string): void => {
    connection.publish(subjects.instance(instance, 'probe'), nothing, undefined, `${inbox}.p.${instance}`);
  };

  const ask = (service: Service, numbers: CallNumber[], nowMs: number): void => {
    service.askedAtMs = nowMs;
    const body = text.encoder.encode(numbers.map(replySubject).join('\n'));
    connection.publish(
      subjects.broadcast(service.name, 'who'),
      body,
      undefined,
      `${inbox}.w.${service.index}`,
    );
  };

  /** Calls of one service that have no receipt though it is due. */
  const settleUnclaimed = (service: Service, calls: Map<CallNumber, PendingCall>, nowMs: number): void => {
    const silent = [...service.members].filter(([, heardAtMs]) => heardAtMs < service.askedAtMs);
    const stillOpen: CallNumber[] = [];
    for (const [number, call] of calls) {
      const rounds = unclaimed.get(call) ?? 0;
      if (rounds >= roundsUnclaimed && silent.length === 0) {
        table.close(number);
        call.onWorkerLost(undefined);
      } else {
        unclaimed.set(call, rounds + 1);
        stillOpen.push(number);
      }
    }
    for (const [instance] of silent) probe(instance);
    if (stillOpen.length > 0) ask(service, stillOpen, nowMs);
  };

  return {
    onMessage(message) {
      const rest = message.subject.slice(inbox.length + 1);
      const dead = headerStatus(headerBlock(message) ?? nothing) === 503;
      if (rest.endsWith(receiptSuffix)) {
        const number = Number(rest.slice(0, -receiptSuffix.length));
        table.get(number)?.onReceipt(text.decoder.decode(message.data));
      } else if (rest.startsWith('p.')) {
        const instance = rest.slice(2);
        if (dead) onInstanceDead(instance);
      } else if (rest.startsWith('w.')) {
        const service = byIndex[Number(rest.slice(2))];
        if (service === undefined) return;
        // Nobody serves it any more; calls that are open now are settled in the next rounds.
        if (dead) service.members.clear();
        else onWhoAnswer(service, message.data);
      }
    },
    check(nowMs) {
      if (nowMs - checkedAtMs < roundMs || table.size === 0 || connection.state === 'disconnected') return;
      checkedAtMs = nowMs;
      const instances = new Set<string>();
      const overdue = new Map<Service, Map<CallNumber, PendingCall>>();
      const inUse = new Set<Service>();
      table.forEach((call, number) => {
        const service = serviceOf(call.service);
        inUse.add(service);
        if (call.instance !== undefined) instances.add(call.instance);
        else if (nowMs - call.sentAtMs > receiptDueMs) {
          const calls = overdue.get(service) ?? new Map<CallNumber, PendingCall>();
          overdue.set(service, calls.set(number, call));
        }
      });
      for (const instance of instances) probe(instance);
      for (const [service, calls] of overdue) settleUnclaimed(service, calls, nowMs);
      for (const service of inUse) {
        if (nowMs - service.askedAtMs > membersFreshMs) ask(service, [], nowMs);
      }
    },
  };
}
