/** The path of a Python 3. */
export function findPython(): Promise<string>
