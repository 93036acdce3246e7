import type { Msg, MsgHdrs, NatsConnection, Payload, PublishOptions, ReviverFn } from '@nats-io/nats-core';
import { MsgHdrsImpl } from '@nats-io/nats-core/internal';
import { utf8Slice } from '../wire/utf8-slice.ts';

/** Where the parts of a message lie in the bytes it came in. */
export interface MessagePlace {
  readonly sid: number;
  readonly subjectStart: number;
  readonly subjectEnd: number;
  /** Equal to `replyEnd` where there is no reply subject. */
  readonly replyStart: number;
  readonly replyEnd: number;
  /** Equal to `bodyStart` where there is no head. */
  readonly headStart: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
}

/** A message that makes strings and views of its bytes only when they are asked for. */
export class ReceivedMessage implements Msg {
  readonly #bytes: Buffer;
  readonly #place: MessagePlace;
  readonly #nats: NatsConnection;
  #subject: string | undefined;

  constructor(bytes: Buffer, place: MessagePlace, nats: NatsConnection) {
    this.#bytes = bytes;
    this.#place = place;
    this.#nats = nats;
  }

  get sid(): number {
    return this.#place.sid;
  }

  get subject(): string {
    this.#subject ??= utf8Slice.call(this.#bytes, this.#place.subjectStart, this.#place.subjectEnd);
    return this.#subject;
  }

  /** Empty where the sender wants no reply. */
  get reply(): string {
    return utf8Slice.call(this.#bytes, this.#place.replyStart, this.#place.replyEnd);
  }

  get data(): Uint8Array {
    return this.#bytes.subarray(this.#place.bodyStart, this.#place.bodyEnd);
  }

  /** The head as bytes. */
  get head(): Uint8Array | undefined {
    const { headStart, bodyStart } = this.#place;
    return headStart === bodyStart ? undefined : this.#bytes.subarray(headStart, bodyStart);
  }

  get headers(): MsgHdrs | undefined {
    const { head } = this;
    return head === undefined ? undefined : MsgHdrsImpl.decode(head);
  }

  /** The number after the last dot of the subject, -1 if there is none. */
  get trailingNumber(): number {
    const bytes = this.#bytes;
    const { subjectStart, subjectEnd } = this.#place;
    let number = 0;
    let factor = 1;
    let at = subjectEnd - 1;
    for (; at >= subjectStart; at--) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) break;
      number += digit * factor;
      factor *= 10;
    }
    return factor === 1 || at < subjectStart || bytes[at] !== 0x2e ? -1 : number;
  }

  respond(payload?: Payload, options?: PublishOptions): boolean {
    const { reply } = this;
    if (reply === '') return false;
    this.#nats.publish(reply, payload, options);
    return true;
  }

  json<T>(reviver?: ReviverFn): T {
    return JSON.parse(this.string(), reviver) as T;
  }

  string(): string {
    return utf8Slice.call(this.#bytes, this.#place.bodyStart, this.#place.bodyEnd);
  }
}
