// The service that conformance tests call, as an ordinary worker: it knows the bus and nothing of HTTP.
import { implement, runWorker } from '@busline/bus';
import { ConformanceService } from '@busline/schemas/connectrpc/conformance/v1/service';
import { Code, ConnectError } from '@connectrpc/connect';
import { bidiStream } from './bidi-stream.ts';
import { clientStream } from './client-stream.ts';
import { serverStream } from './server-stream.ts';
import { unary } from './unary.ts';

await runWorker({
  name: 'conformance',
  version: '1.0.0',
  services: () => [
    implement(ConformanceService, {
      unary,
      idempotentUnary: unary,
      serverStream,
      clientStream,
      bidiStream,
      unimplemented() {
        throw new ConnectError('this method is never implemented', Code.Unimplemented);
      },
    }),
  ],
});
