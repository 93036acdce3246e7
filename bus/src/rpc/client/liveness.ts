import { setTimeout as delay } from 'node:timers/promises';
import type { Msg } from '@nats-io/nats-core';
import type { Connection } from '../../connection/connection.ts';
import { headerBlock } from '../../connection/raw-message.ts';
import { headerStatus } from '../../wire/header-block.ts';
import { bundlePrefix, probePrefix, receiptNumber, whoPrefix } from '../../wire/inbox.ts';
import { isSubjectToken, lastToken } from '../../wire/subject.ts';
import type { CallNumber, CallTable, PendingCall } from './call-table.ts';

/**
 * Notices within a second that the worker holding a call is gone (docs/protocol.md, "Liveness").
 *
 * The broker knows who is there: a request to a subject without subscriber comes back as 503 at once. So an
 * instance named by a receipt is probed on its own subject, and is dead exactly when the broker says so. A worker
 * that died before its receipt is found by asking every instance of the service which of the calls it holds: a
 * call is lost when an instance has been found dead since it was sent, and every other known one has answered
 * without claiming it.
 *
 * Without that evidence nothing is concluded. A frozen instance is not a dead one (its subscriptions are still
 * there), and a worker of another make answers no questions: their calls wait for their deadline.
 */
export interface Liveness {
  /** A call to `service` is being sent: makes sure that its instances are known before they die. */
  onCall(service: string, nowMs: number): void;
  /** Instances of `service` known to be there: each of them speaks the whole protocol. */
  instances(service: string): number;
  /** Asks whether anybody serves `service`: false as soon as the broker says that nobody does. */
  served(service: string): Promise<boolean>;
  /** Asks who serves `service`, and resolves with the instances once the answers have stopped coming. */
  discover(service: string): Promise<readonly string[]>;
  /** A message to the inbox that is not a reply: a receipt, an answer to `who`, a 503 for a question or a probe. */
  onMessage(message: Msg): void;
  /** Looks at the calls under way, at most every `roundMs`. */
  check(nowMs: number): void;
}

/** Time between two rounds of questions, in milliseconds. Three rounds stay within the promised second. */
const roundMs = 200;

/** Age at which a call should have its receipt; workers send them after about 50 ms. */
const receiptDueMs = 120;

/** Rounds in which nobody claimed a call before it can count as lost: one to ask, one to hear. */
const roundsUnclaimed = 2;

/** Silence after which nobody else is expected to answer, and the longest wait for the first answer, in milliseconds. */
const quietMs = 40;
const discoverMs = 400;

/** How long the instances of a service are remembered without being asked again, in milliseconds. */
const membersFreshMs = 5_000;

interface Service {
  readonly name: string;
  readonly index: number;
  /** Instances that sent a receipt or answered `who`, and have not been found dead since, with the time they last spoke. */
  readonly members: Map<string, number>;
  askedAtMs: number;
  /** Who waits for the next answer, or for the word that there will be none. */
  readonly askers: Set<(served: boolean) => void>;
  /** When an instance was last found dead. */
  lossAtMs: number;
}

export interface LivenessOptions {
  readonly connection: Connection;
  readonly table: CallTable;
  readonly inbox: string;
  readonly replySubject: (number: CallNumber, call: PendingCall) => string;
}

const text = { encoder: new TextEncoder(), decoder: new TextDecoder() };
const nothing = new Uint8Array(0);

export function createLiveness({ connection, table, inbox, replySubject }: LivenessOptions): Liveness {
  const { subjects } = connection;
  const services = new Map<string, Service>();
  const byIndex: Service[] = [];
  // Rounds each overdue call has gone unclaimed. Numbers are never used twice, so a retry begins anew.
  let unclaimed = new Map<CallNumber, number>();
  let checkedAtMs = 0;

  const serviceOf = (name: string): Service => {
    let service = services.get(name);
    if (service === undefined) {
      const never = Number.NEGATIVE_INFINITY;
      service = {
        name,
        index: byIndex.length,
        members: new Map(),
        askers: new Set(),
        askedAtMs: never,
        lossAtMs: never,
      };
      services.set(name, service);
      byIndex.push(service);
    }
    return service;
  };

  const onInstanceDead = (instance: string): void => {
    for (const service of services.values()) {
      if (service.members.delete(instance)) service.lossAtMs = performance.now();
    }
    table.forEach((call, number) => {
      if (call.instance !== instance) return;
      table.close(number);
      call.onWorkerLost(instance);
    });
  };

  const onBundleRefused = (bundle: number): void => {
    table.forEach((call, number) => {
      if (call.bundle !== bundle) return;
      // Whoever read bundles is gone; those who serve now, if any, must answer `who` first.
      serviceOf(call.service).members.clear();
      table.close(number);
      call.onBundleRefused();
    });
  };

  const onWhoAnswer = (service: Service, body: Uint8Array): void => {
    const [instance, ...held] = text.decoder.decode(body).split('\n');
    // Ids become subjects: one that is no token would make the next probe fail, or reach everybody.
    if (instance === undefined || !isSubjectToken(instance)) return;
    service.members.set(instance, performance.now());
    for (const settle of [...service.askers]) settle(true);
    for (const subject of held) {
      if (subject.startsWith(`${inbox}.`)) table.get(Number(lastToken(subject)))?.onReceipt(instance);
    }
  };

  const probe = (instance: string): void => {
    connection.publish(
      subjects.instance(instance, 'probe'),
      nothing,
      undefined,
      `${inbox}.${probePrefix}${instance}`,
    );
  };

  const ask = (service: Service, calls: ReadonlyMap<CallNumber, PendingCall>, nowMs: number): void => {
    service.askedAtMs = nowMs;
    const subjectsOfCalls = [...calls].map(([number, call]) => replySubject(number, call));
    const body = text.encoder.encode(subjectsOfCalls.join('\n'));
    connection.publish(
      subjects.broadcast(service.name, 'who'),
      body,
      undefined,
      `${inbox}.${whoPrefix}${service.index}`,
    );
  };

  /** Calls of one service that have no receipt though it is due. */
  const settleUnclaimed = (
    service: Service,
    calls: Map<CallNumber, PendingCall>,
    before: ReadonlyMap<CallNumber, number>,
    nowMs: number,
  ): void => {
    const silent = [...service.members].filter(([, heardAtMs]) => heardAtMs < service.askedAtMs);
    const open = new Map<CallNumber, PendingCall>();
    for (const [number, call] of calls) {
      const rounds = before.get(number) ?? 0;
      if (rounds >= roundsUnclaimed && silent.length === 0 && service.lossAtMs > call.sentAtMs) {
        table.close(number);
        call.onWorkerLost(undefined);
      } else {
        unclaimed.set(number, rounds + 1);
        open.set(number, call);
      }
    }
    for (const [instance] of silent) probe(instance);
    if (open.size > 0) ask(service, open, nowMs);
  };

  return {
    onCall(name, nowMs) {
      const service = serviceOf(name);
      if (nowMs - service.askedAtMs > membersFreshMs) ask(service, new Map(), nowMs);
    },
    instances: (name) => services.get(name)?.members.size ?? 0,
    served(name) {
      const service = serviceOf(name);
      return new Promise((resolve) => {
        const settle = (served: boolean): void => {
          clearTimeout(patience);
          service.askers.delete(settle);
          resolve(served);
        };
        const patience = setTimeout(() => settle(false), discoverMs);
        service.askers.add(settle);
        ask(service, new Map(), performance.now());
      });
    },
    async discover(name) {
      const service = serviceOf(name);
      ask(service, new Map(), performance.now());
      const askedAtMs = performance.now();
      let heard = 0;
      for (;;) {
        await delay(quietMs);
        const spoken = [...service.members].filter(([, heardAtMs]) => heardAtMs >= askedAtMs);
        const waitedMs = performance.now() - askedAtMs;
        // Who is remembered but silent may be leaving.
        if ((spoken.length > 0 && spoken.length === heard) || waitedMs >= discoverMs)
          return spoken.map(([instance]) => instance);
        heard = spoken.length;
      }
    },
    onMessage(message) {
      const rest = message.subject.slice(inbox.length + 1);
      const dead = headerStatus(headerBlock(message) ?? nothing) === 503;
      const receipt = receiptNumber(rest);
      if (receipt !== undefined) {
        const instance = text.decoder.decode(message.data);
        const call = table.get(receipt);
        if (call === undefined || !isSubjectToken(instance)) return;
        call.onReceipt(instance);
        serviceOf(call.service).members.set(instance, performance.now());
      } else if (rest.startsWith(bundlePrefix)) {
        if (dead) onBundleRefused(Number(rest.slice(bundlePrefix.length)));
      } else if (rest.startsWith(probePrefix)) {
        if (dead) onInstanceDead(rest.slice(probePrefix.length));
      } else if (rest.startsWith(whoPrefix)) {
        const service = byIndex[Number(rest.slice(whoPrefix.length))];
        if (service === undefined) return;
        if (!dead) {
          onWhoAnswer(service, message.data);
        } else {
          for (const settle of [...service.askers]) settle(false);
          for (const instance of [...service.members.keys()]) onInstanceDead(instance);
        }
      }
    },
    check(nowMs) {
      if (nowMs - checkedAtMs < roundMs || table.size === 0 || connection.state === 'disconnected') return;
      checkedAtMs = nowMs;
      const instances = new Set<string>();
      const overdue = new Map<Service, Map<CallNumber, PendingCall>>();
      table.forEach((call, number) => {
        if (call.instance !== undefined) {
          instances.add(call.instance);
        } else if (nowMs - call.sentAtMs > receiptDueMs) {
          const service = serviceOf(call.service);
          const calls = overdue.get(service) ?? new Map<CallNumber, PendingCall>();
          overdue.set(service, calls.set(number, call));
        }
      });
      for (const instance of instances) probe(instance);
      const before = unclaimed;
      unclaimed = new Map();
      for (const [service, calls] of overdue) settleUnclaimed(service, calls, before, nowMs);
    },
  };
}
