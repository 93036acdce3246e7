// Connect-ES on PORT for gRPC, as its guide for Node shows it: the adapter on node:http2, the handler in the same process.
import { createServer } from 'node:http2';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { routes } from '../connect-node/routes.ts';

createServer(connectNodeAdapter({ routes })).listen(Number(process.env.PORT), '127.0.0.1');
