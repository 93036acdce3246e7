import { constants, type Http2Server, type Http2Session } from 'node:http2';
import type { PortSettings } from './settings.ts';

/** The HTTP/2 connections of a port. */
export interface Http2Sessions {
  /** Asks every client to go elsewhere, and closes each connection when its last request is answered. */
  closeAll(): void;
}

/** A connection, and what is known of its client. */
interface Watched {
  /** Requests under way. */
  streams: number;
  /** When the last of them ended; times by `performance.now()`. */
  idleSinceMs: number;
  pingedAtMs: number;
  awaitsPong: boolean;
  /** When the client was asked to leave; undefined until then. */
  leavingSinceMs: number | undefined;
}

/** The largest stream id: a GOAWAY that names it refuses nothing (RFC 9113, section 6.8). */
const anyStream = 2 ** 31 - 1;

/**
 * Keeps the connections of `server`: closes those without requests, cuts off those whose client is gone without a word,
 * and lets them end without losing a request.
 */
export function keepSessions(
  server: Http2Server,
  { idleTimeoutMs, pingIntervalMs, pingTimeoutMs, lingerMs, windowBytes }: PortSettings,
): Http2Sessions {
  const sessions = new Map<Http2Session, Watched>();
  let closing = false;

  server.on('session', (session: Http2Session) => {
    const now = performance.now();
    const watched: Watched = {
      streams: 0,
      idleSinceMs: now,
      pingedAtMs: now,
      awaitsPong: false,
      leavingSinceMs: undefined,
    };
    sessions.set(session, watched);
    session.setLocalWindowSize(4 * windowBytes);
    session.once('close', () => {
      sessions.delete(session);
      if (sessions.size === 0) stopLooking();
    });
    startLooking();
    // It was accepted just before the port closed.
    if (closing) leave(session, watched);
  });
  server.on('stream', (stream) => {
    const watched = stream.session === undefined ? undefined : sessions.get(stream.session);
    if (watched === undefined) return;
    watched.streams++;
    stream.once('close', () => {
      watched.streams--;
      watched.idleSinceMs = performance.now();
    });
  });

  /** One timer for all connections, there while there are any. */
  const lookEveryMs = Math.max(1, Math.min(idleTimeoutMs, pingIntervalMs, pingTimeoutMs) / 4);
  let looking: NodeJS.Timeout | undefined;
  function startLooking(): void {
    looking ??= setInterval(look, lookEveryMs).unref();
  }
  function stopLooking(): void {
    clearInterval(looking);
    looking = undefined;
  }
  function look(): void {
    const now = performance.now();
    for (const [session, watched] of sessions) {
      if (watched.awaitsPong) {
        if (now - watched.pingedAtMs >= pingTimeoutMs) session.destroy();
      } else if (watched.streams === 0) {
        // Asked to leave, and nothing to wait for: what is left is a request whose header never ended.
        if (watched.leavingSinceMs !== undefined && now - watched.leavingSinceMs >= pingTimeoutMs)
          session.destroy();
        else if (now - watched.idleSinceMs >= idleTimeoutMs) leave(session, watched);
      } else if (now - watched.pingedAtMs >= pingIntervalMs) {
        ping(session, watched, now);
      }
    }
  }

  function ping(session: Http2Session, watched: Watched, now: number): void {
    watched.pingedAtMs = now;
    watched.awaitsPong = session.ping(() => {
      watched.awaitsPong = false;
    });
  }

  /**
   * In two steps, as RFC 9113, section 6.8, advises: a GOAWAY that refuses nothing, and, when the client has seen it,
   * one that names the last request. Each request that was on its way in between is answered.
   */
  function leave(session: Http2Session, watched: Watched): void {
    if (watched.leavingSinceMs !== undefined || session.destroyed) return;
    watched.leavingSinceMs = performance.now();
    session.goaway(constants.NGHTTP2_NO_ERROR, anyStream);
    // A client that does not answer, as Node's own without requests under way, gets as long as one of HTTP/1.
    const linger = setTimeout(() => session.close(), lingerMs);
    session.once('close', () => clearTimeout(linger));
    session.ping(() => {
      clearTimeout(linger);
      if (!session.destroyed) session.close();
    });
  }

  return {
    closeAll() {
      closing = true;
      for (const [session, watched] of sessions) leave(session, watched);
    },
  };
}
