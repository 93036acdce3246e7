import { Agent, request } from 'node:http';
import { type ClientHttp2Session, connect, constants } from 'node:http2';

/** A client that keeps its one connection until it is asked to leave it, as clients of HTTP do. */
export interface TestClient {
  /** The answer's body. Rejects when there is none. */
  get(): Promise<string>;
  close(): void;
}

/**
 * Makes a client. One whose connection could not be made, because the port closed at this very moment, tries again.
 *
 * @param target the port for its next connection, asked for when it opens one.
 */
export type CreateClient = (target: () => number) => TestClient;

/** How often a connection is tried: a port that stays closed is an error. */
const maxAttempts = 3;

export const http1Client: CreateClient = (target) => {
  const agent = new Agent({ keepAlive: true });
  let port: number | undefined;
  const get = (attempt = 1): Promise<string> => {
    port ??= target();
    const call = request({ host: '127.0.0.1', port, path: '/', agent });
    let connected = true;
    return new Promise((resolve, reject) => {
      call.on('socket', (socket) => {
        if (!socket.connecting) return;
        connected = false;
        socket.once('connect', () => {
          connected = true;
        });
      });
      call.on('error', (error) => {
        port = undefined;
        if (connected || attempt === maxAttempts) reject(error);
        else resolve(get(attempt + 1));
      });
      call.on('response', (response) => {
        if (response.headers.connection === 'close') port = undefined;
        let answer = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          answer += chunk;
        });
        response.on('end', () => resolve(answer)).on('error', reject);
      });
      call.end();
    });
  };
  return { get: () => get(), close: () => agent.destroy() };
};

export const http2Client: CreateClient = (target) => {
  let current: { readonly session: ClientHttp2Session; connected: boolean } | undefined;
  const open = (): NonNullable<typeof current> => {
    const opened = { session: connect(`http://127.0.0.1:${target()}`), connected: false };
    const leave = (): void => {
      if (current === opened) current = undefined;
    };
    opened.session.on('goaway', leave).on('error', leave).on('close', leave);
    opened.session.on('connect', () => {
      opened.connected = true;
    });
    return opened;
  };
  const get = (attempt = 1): Promise<string> => {
    current ??= open();
    const connection = current;
    const stream = connection.session.request({ ':path': '/' });
    return new Promise((resolve, reject) => {
      let answer: string | undefined;
      stream
        .on('error', () => {})
        .on('response', () => {
          answer = '';
        });
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        answer += chunk;
      });
      stream.on('close', () => {
        if (answer !== undefined && stream.rstCode === constants.NGHTTP2_NO_ERROR) resolve(answer);
        // Refused means that nothing has run (RFC 9113, section 8.7). Node's client does so itself with what it has not
        // sent yet when a GOAWAY comes.
        else if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) resolve(get());
        else if (!connection.connected && attempt < maxAttempts) resolve(get(attempt + 1));
        else reject(new Error(`ended with ${stream.rstCode}`));
      });
    });
  };
  return { get: () => get(), close: () => current?.session.destroy() };
};
