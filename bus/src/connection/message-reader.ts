import { followingBytes } from './frame-assembler.ts';
import type { MessagePlace } from './received-message.ts';

/** Who gets what is in a frame, in its order. */
export interface MessageReaderInit {
  /** A message, which lies in the frame at this place. */
  onMessage(frame: Buffer, place: MessagePlace): void;
  /** Everything else that the broker says: whole lines, between two messages. */
  onOther(lines: Buffer): void;
}

const lineFeed = 0x0a;
const space = 0x20;
const zero = 0x30;
const letterH = 'H'.charCodeAt(0);

/**
 * Reads frames of whole lines and messages (NATS client protocol):
 *
 *     MSG <subject> <sid> [<reply>] <bytes>\r\n<body>\r\n
 *     HMSG <subject> <sid> [<reply>] <head bytes> <bytes>\r\n<head><body>\r\n
 *
 * The client takes a step of a state machine for each byte of a line, and copies its arguments. Here only the ends of a line
 * are looked at. A message that is not written as the broker writes it, with single spaces, is left to the client.
 */
export function createMessageReader({ onMessage, onOther }: MessageReaderInit): (frame: Buffer) => void {
  return (frame) => {
    let at = 0;
    let otherFrom = 0;
    while (at < frame.length) {
      const feed = frame.indexOf(lineFeed, at);
      if (feed < 0) break;
      const following = followingBytes(frame, at, feed);
      const place = following === 0 ? undefined : placeOf(frame, at, feed, following - 2);
      const end = feed + 1 + following;
      if (place !== undefined) {
        if (at > otherFrom) onOther(frame.subarray(otherFrom, at));
        otherFrom = end;
        onMessage(frame, place);
      }
      at = end;
    }
    if (frame.length > otherFrom) onOther(otherFrom === 0 ? frame : frame.subarray(otherFrom));
  };
}

/** The place of a message of `size` bytes whose line begins at `start` and ends at `feed`. */
function placeOf(bytes: Buffer, start: number, feed: number, size: number): MessagePlace | undefined {
  const hasHead = bytes[start] === letterH;
  const subjectStart = start + (hasHead ? 5 : 4);
  if (bytes[subjectStart - 1] !== space) return undefined;
  const subjectEnd = bytes.indexOf(space, subjectStart);
  let at = subjectEnd + 1;
  let sid = 0;
  for (; isDigit(bytes[at]); at++) sid = sid * 10 + (bytes[at] as number) - zero;
  if (bytes[at] !== space || at === subjectEnd + 1 || at >= feed) return undefined;
  const replyStart = at + 1;
  // The numbers are read from the end, where there is a carriage return.
  let numbersStart = startOfNumber(bytes, feed - 1);
  let headBytes = 0;
  if (hasHead) {
    const headEnd = numbersStart - 1;
    numbersStart = startOfNumber(bytes, headEnd);
    for (let n = numbersStart; n < headEnd; n++) headBytes = headBytes * 10 + (bytes[n] as number) - zero;
  }
  if (numbersStart < replyStart || bytes[numbersStart - 1] !== space || headBytes > size) return undefined;
  const headStart = feed + 1;
  return {
    sid,
    subjectStart,
    subjectEnd,
    replyStart,
    replyEnd: Math.max(replyStart, numbersStart - 1),
    headStart,
    bodyStart: headStart + headBytes,
    bodyEnd: headStart + size,
  };
}

function startOfNumber(bytes: Buffer, end: number): number {
  let at = end;
  while (isDigit(bytes[at - 1])) at--;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= zero + 9;
}
