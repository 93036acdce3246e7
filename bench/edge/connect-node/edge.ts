// Connect-ES on PORT, as its guide for Node shows it: the adapter on node:http, the handler in the same process.
import { createServer } from 'node:http';
import { NoteService } from '@busline/schemas/busline/bench/v1/note';
import { connectNodeAdapter } from '@connectrpc/connect-node';

createServer(
  connectNodeAdapter({
    routes: (router) =>
      router.service(NoteService, { echoNote: ({ id, text, priority }) => ({ id, text, priority }) }),
  }),
).listen(Number(process.env.PORT), '127.0.0.1');
