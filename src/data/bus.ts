/**
 * Small messages to every instance of the service: in process, or over Redis when there is one.
 * Delivery is at most once; whoever needs more reads the database after `onReconnect`.
 */
export interface Bus {
  publish(topic: BusTopic, message: string): Promise<void>;
  subscribe(topic: BusTopic, listener: (message: string) => void): void;
  /** Called after a connection was lost and found again: messages may have been missed. */
  onReconnect(listener: () => void): void;
  close(): Promise<void>;
}

/**
 * `session.revoked`: the id of a session whose access tokens must be refused from now on.
 * `upload.changed`: the id of a job whose status, stage or progress is another one now.
 */
export type BusTopic = 'session.revoked' | 'upload.changed';
