import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { text } from 'node:stream/consumers';

/** A client that keeps its one connection until it is asked to leave it, as clients of HTTP do. */
export interface TestClient {
  /** The answer's body. Rejects when there is none. */
  get(): Promise<string>;
  close(): void;
}

/** Makes a client. @param target the port for its next connection, asked for when it opens one. */
export type CreateClient = (target: () => number) => TestClient;

export const http1Client: CreateClient = (target) => {
  const agent = new Agent({ keepAlive: true });
  let port: number | undefined;
  return {
    async get() {
      port ??= target();
      const call = request({ host: '127.0.0.1', port, path: '/', agent }).end();
      const [response] = await once(call, 'response');
      if (response.headers.connection === 'close') port = undefined;
      return text(response);
    },
    close: () => agent.destroy(),
  };
};

export const http2Client: CreateClient = (target) => {
  let current: ClientHttp2Session | undefined;
  const open = (): ClientHttp2Session => {
    const session = connect(`http://127.0.0.1:${target()}`);
    const leave = (): void => {
      if (current === session) current = undefined;
    };
    session.on('goaway', leave).on('error', leave).on('close', leave);
    return session;
  };
  const get = (): Promise<string> => {
    current ??= open();
    const stream = current.request({ ':path': '/' });
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
        // Refused means that nothing has run (RFC 9113, section 8.7). Node's client does so itself with what it has not
        // sent yet when a GOAWAY comes.
        if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) resolve(get());
        else if (answer === undefined || stream.rstCode !== 0)
          reject(new Error(`ended with ${stream.rstCode}`));
        else resolve(answer);
      });
    });
  };
  return {
    get,
    close: () => current?.destroy(),
  };
};
