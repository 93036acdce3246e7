import type { Connection } from '../connection/connection.ts';
import {
  infoResponse,
  type MicroService,
  microName,
  pingResponse,
  statsResponse,
} from './micro-responses.ts';

const responses: Readonly<Record<string, (service: MicroService) => object>> = {
  PING: pingResponse,
  INFO: infoResponse,
  STATS: statsResponse,
};

const text = new TextEncoder();

/**
 * Answers `$SRV.PING|INFO|STATS`, for everyone, by service and by instance (NATS ADR-32), so that
 * `nats micro ls|info|stats` sees Busline's services. Returns the function that ends it.
 */
export function openMicroResponder(connection: Connection, describe: () => MicroService): () => void {
  const { service, id } = describe();
  const name = microName(service);
  const subjects = ['$SRV.*', `$SRV.*.${name}`, `$SRV.*.${name}.${id}`];
  const subscriptions = subjects.map((subject) =>
    connection.subscribe(subject, (message) => {
      const verb = message.subject.split('.')[1] ?? '';
      const respond = responses[verb];
      if (respond === undefined || message.reply === undefined || message.reply === '') return;
      connection.publish(message.reply, text.encode(JSON.stringify(respond(describe()))));
    }),
  );
  return () => {
    for (const subscription of subscriptions) subscription.unsubscribe();
  };
}
