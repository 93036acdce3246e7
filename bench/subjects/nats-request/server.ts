import { connect } from '@nats-io/transport-node';
import type { ServerSide } from '../subject.ts';

export async function serve(natsUrl: string): Promise<ServerSide> {
  const connection = await connect({ servers: natsUrl });
  // A callback and not the iterator, which would more than halve what the responder can do.
  connection.subscribe('bench.echo', {
    queue: 'q',
    callback: (error, message) => {
      if (error === null) message.respond(message.data);
    },
  });
  await connection.flush();
  return { address: 'bench.echo' };
}
