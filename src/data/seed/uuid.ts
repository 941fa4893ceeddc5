import type { Random } from './random.ts';

/**
 * Writes the 16 bytes of a UUIDv7 (RFC 9562) for a moment in milliseconds; its random part comes from the generator,
 * so that the same seed gives the same ids.
 */
export const writeUuid = (target: Buffer, offset: number, milliseconds: number, random: Random): void => {
  target.writeUIntBE(milliseconds, offset, 6);
  target.writeInt32BE(random.next32(), offset + 6);
  target.writeInt32BE(random.next32(), offset + 10);
  target.writeUInt16BE(random.next32() >>> 16, offset + 14);
  target.writeUInt8(0x70 | (target.readUInt8(offset + 6) & 0x0f), offset + 6);
  target.writeUInt8(0x80 | (target.readUInt8(offset + 8) & 0x3f), offset + 8);
};

export const uuidText = (bytes: Buffer): string => {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};
