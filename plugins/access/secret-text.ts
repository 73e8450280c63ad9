import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A text of 256 random bits that may stand in a header, a cookie or an address. */
export const randomText = (): string => randomBytes(32).toString('base64url');

/** What is kept of a secret text: nobody finds the text from it. */
export const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Whether a text is the one a digest was made of, in a time that tells nothing of either. */
export const matches = (text: string, kept: Buffer): boolean => timingSafeEqual(digest(text), kept);
