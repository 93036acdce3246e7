import { createServer, type Http2Server } from 'node:http2';
import type { PortListener } from './open-port.ts';
import type { PortSettings } from './settings.ts';

/**
 * Node's HTTP/2 server. It listens nowhere: connections that turn out to be HTTP/2 are handed to it, TLS or not.
 *
 * What a client may do besides requests is bounded by Node, and left as Node has it: 1000 resets at once and 33 more a
 * second (CVE-2023-44487), 10 unanswered pings, 32 settings in one frame, 128 header fields, 10 MB for what a connection
 * holds in its queues. Beyond any of them the connection is closed.
 */
export function createHttp2Server(settings: PortSettings, listener: PortListener): Http2Server {
  const options = {
    settings: {
      maxConcurrentStreams: settings.maxStreams,
      maxHeaderListSize: settings.maxHeaderBytes,
      initialWindowSize: settings.windowBytes,
      enablePush: false,
    },
    // Of 1000: frames that make no sense come from no client that is worth a second thought.
    maxSessionInvalidFrames: 100,
  };
  const server = createServer(options, (incoming, outgoing) => void listener(incoming, outgoing));
  // Each ends its own connection, and 'close' tells that.
  server.on('sessionError', () => {});
  return server;
}
