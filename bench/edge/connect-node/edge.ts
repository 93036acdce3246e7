// Connect-ES on PORT, as its guide for Node shows it: the adapter on node:http, the handler in the same process.
import { createServer } from 'node:http';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { routes } from './routes.ts';

createServer(connectNodeAdapter({ routes })).listen(Number(process.env.PORT), '127.0.0.1');
