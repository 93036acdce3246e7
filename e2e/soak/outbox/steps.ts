/** Where a process is killed: at what it sends, or what is sent to it. */
export interface Step {
  readonly name: string;
  readonly victim: 'producer' | 'consumer';
  /** Undefined: at any moment. */
  readonly at: KillPoint | undefined;
}

export interface KillPoint {
  readonly direction: 'sent' | 'received';
  /** @param bytes The whole frame. */
  matches(subject: string, bytes: Buffer): boolean;
  /** Whether the message still reaches the other side. */
  readonly passes: boolean;
}

const event = (subject: string): boolean => subject.startsWith('evt.');
/** To the inbox on which a publisher hears that its event is stored. */
const stored = (subject: string): boolean => /\.ev-[0-9a-f]{16}\.\d+$/.test(subject);
/** Without a body: with one it says that an event is being worked on. */
const handled = (subject: string, bytes: Buffer): boolean =>
  subject.startsWith('$JS.ACK.') && bytes.toString('latin1').endsWith(' 0\r\n\r\n');

/** Every gap between two steps of an event's way from one database to the other. */
export const steps: readonly Step[] = [
  {
    name: 'betweenCommitAndPublish',
    victim: 'producer',
    at: { direction: 'sent', matches: event, passes: false },
  },
  {
    name: 'betweenPublishAndAck',
    victim: 'producer',
    at: { direction: 'received', matches: stored, passes: false },
  },
  {
    name: 'betweenAckAndDelete',
    victim: 'producer',
    at: { direction: 'received', matches: stored, passes: true },
  },
  {
    name: 'betweenDeliveryAndCommit',
    victim: 'consumer',
    at: { direction: 'received', matches: event, passes: true },
  },
  {
    name: 'betweenCommitAndAck',
    victim: 'consumer',
    at: { direction: 'sent', matches: handled, passes: false },
  },
  { name: 'producerAnywhere', victim: 'producer', at: undefined },
  { name: 'consumerAnywhere', victim: 'consumer', at: undefined },
];
