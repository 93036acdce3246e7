import { createServer } from 'node:http2';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { generateMessages } from '../generate-messages.ts';
import type { ServerSide } from '../subject.ts';

/** Speaks Connect and gRPC on one port, so it serves both Connect-ES subjects. */
export async function serve(): Promise<ServerSide> {
  const server = createServer(
    connectNodeAdapter({
      routes: (router) =>
        router.service(EchoService, { echo: ({ payload }) => ({ payload }), generate: generateMessages }),
    }),
  );
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the HTTP/2 server has no port');
  return { address: `http://127.0.0.1:${bound.port}` };
}
