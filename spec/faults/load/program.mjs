// Runs a TypeScript program: node program.mjs <file> <its arguments>. The package itself is loaded by Node.
import { createJiti } from 'jiti'
import { pathToFileURL } from 'node:url'

await createJiti(import.meta.url, { tryNative: true }).import(pathToFileURL(process.argv[2]).href)
