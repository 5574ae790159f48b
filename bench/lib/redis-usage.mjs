/**
 * What a Redis server says of itself in INFO: CPU time of its process in µs, bytes of memory, commands (those that a script
 * sends count, too), and the calls of scripts with the µs that they took.
 */
export function redisUsage(info) {
  const number = (name) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? NaN)
  const usage = {
    micros: (number('used_cpu_user') + number('used_cpu_sys')) * 1e6,
    bytes: number('used_memory'),
    commands: 0,
    scripts: 0,
    scriptMicros: 0,
  }
  for (const [, name, calls, micros] of info.matchAll(/^cmdstat_([^:]+):calls=(\d+),usec=(\d+)/gm)) {
    usage.commands += Number(calls)
    if (!/^(eval|evalsha|fcall)(_ro)?$/.test(name)) continue
    usage.scripts += Number(calls)
    usage.scriptMicros += Number(micros)
  }
  return usage
}

/** What a store has used between two moments, for each task. Nothing for a store without a server. */
export function usedByStore(before, after, tasks) {
  if (after.micros === undefined) return {}
  const each = (name) => (after[name] - before[name]) / tasks
  return {
    storeMicros: each('micros'),
    storeCommands: each('commands'),
    storeScripts: each('scripts'),
    scriptMicros: each('scriptMicros'),
  }
}
