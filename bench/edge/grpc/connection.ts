import { once } from 'node:events';
import { connect, constants } from 'node:http2';
import { NOTE_CODECS } from '../note.ts';
import type { NoteSender } from '../note-sender.ts';

export interface GrpcOptions {
  readonly port: number;
  readonly path: string;
  /** The prefixed message. */
  readonly body: Buffer;
  /** Called with the body of every answer with grpc-status 0. Throws to refuse it. */
  readonly check: (body: Buffer) => void;
}

/** Unary gRPC over one HTTP/2 connection to 127.0.0.1, a stream per request; no more than the protocol needs. */
export async function openGrpcConnection({ port, path, body, check }: GrpcOptions): Promise<NoteSender> {
  const session = connect(`http://127.0.0.1:${port}`);
  await once(session, 'connect');
  // What fails is the streams; the session only repeats it.
  session.on('error', () => {});
  const headers = {
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: path,
    [constants.HTTP2_HEADER_CONTENT_TYPE]: NOTE_CODECS.grpc.contentType,
    [constants.HTTP2_HEADER_TE]: 'trailers',
  };
  return {
    send: () =>
      new Promise((resolve, reject) => {
        const stream = session.request(headers);
        const chunks: Buffer[] = [];
        let status = 'none';
        const readStatus = (fields: { readonly 'grpc-status'?: string }): void => {
          status = fields['grpc-status'] ?? status;
        };
        stream.on('response', readStatus);
        stream.on('trailers', readStatus);
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('error', reject);
        stream.on('close', () => reject(new Error('the stream ended without an answer')));
        stream.on('end', () => {
          try {
            if (status !== '0') throw new Error(`grpc-status ${status}`);
            check(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
            resolve();
          } catch (error) {
            reject(error);
          }
        });
        stream.end(body);
      }),
    close: () => session.destroy(),
  };
}
