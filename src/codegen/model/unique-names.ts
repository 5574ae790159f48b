/** Names that the client's file uses itself. */
const TAKEN = [
  'Api',
  'Awaited',
  'Client',
  'ClientOptions',
  'Date',
  'DtoInput',
  'Exclude',
  'JobMap',
  'JobMethod',
  'JobMethods',
  'Jobs',
  'Manifest',
  'Map',
  'MethodOfMany',
  'MethodParameters',
  'NonNullable',
  'Parameters',
  'Pick',
  'Promise',
  'Readonly',
  'ReadonlyMap',
  'ReadonlySet',
  'Record',
  'ResultOfRun',
  'ReturnType',
  'Set',
  'TaskFuture',
  'TaskOf',
  'Uint8Array',
  'connect',
  'createClient',
  'manifest',
]

/** Gives out the names of one file, none twice. */
export class UniqueNames {
  readonly #taken = new Set(TAKEN)

  /** @returns `wanted`, with a number behind it where that is taken */
  take(wanted: string): string {
    let name = wanted
    for (let n = 2; this.#taken.has(name); n++) name = `${wanted}${String(n)}`
    this.#taken.add(name)
    return name
  }
}
