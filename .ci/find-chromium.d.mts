/** Path of a Chromium for the specs. */
export function findChromium(): Promise<string>
