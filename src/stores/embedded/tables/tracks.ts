import type { Bounds } from './unreadable.js'
import { UnreadableRowError } from './unreadable.js'

/** Keys of one track. With them all keys stay numbers that JavaScript can hold, in half a million tracks. */
const SPAN = 2 ** 34

/** The track of tasks that are not in order: those that were queued with a delay. */
export const ASIDE = -1

/** Numbers of tracks, with whose keys JavaScript can count. */
export const TRACK_NUMBERS: Bounds = [1, 2 ** 19 - 1]
export const KEYS: Bounds = [1, (TRACK_NUMBERS[1] + 1) * SPAN - 1]
/** More than the package takes: another program may have others. */
export const PRIORITIES: Bounds = [0, 1_000]

/** SQL for the number of the track that has a key. */
export function trackOfKey(key: string): string {
  return `(${key} >> ${String(Math.log2(SPAN))})`
}

/**
 * The tasks of one priority, in the order of their keys. Those before `next` are claimed; from `next` to `tail` they are ready,
 * but for `dead` keys, whose tasks have ended or were never stored.
 */
export class Track {
  constructor(
    readonly priority: number,
    readonly number: number,
    public next: number,
    public tail: number,
    public dead: number,
  ) {}

  static make(priority: number, number: number): Track {
    return new Track(priority, number, number * SPAN + 1, number * SPAN, 0)
  }

  get ready(): number {
    return this.tail - this.next + 1 - this.dead
  }

  /** The range of keys of a track. */
  static range(number: number): readonly [first: number, last: number] {
    return [number * SPAN + 1, (number + 1) * SPAN - 1]
  }

  /** Whether so many keys are used that the next task had better start a new track. */
  get isWorn(): boolean {
    const isEmpty = this.priority === ASIDE || this.ready === 0
    return isEmpty && this.tail - this.number * SPAN > SPAN / 2
  }

  /** Passes the keys up to `last`, of which `count` were ready. */
  take(last: number, count: number): void {
    this.dead -= last + 1 - this.next - count
    this.next = last + 1
  }

  /** Passes all keys. */
  takeAll(): void {
    this.next = this.tail + 1
    this.dead = 0
  }
}

/** The tracks of one queue, the highest priority first. They are stored as text in the row of the queue. */
export class Tracks {
  #isChanged = false

  private constructor(
    private readonly tracks: Track[],
    private readonly newNumber: (priority: number) => number,
  ) {}

  /**
   * @param newNumber - gives a number to a new track
   * @throws {@link UnreadableRowError}
   */
  static parse(text: string, newNumber: (priority: number) => number): Tracks {
    return new Tracks(parseTracks(text), newNumber)
  }

  /** Whether a text differs now from the one that was parsed. */
  get isChanged(): boolean {
    return this.#isChanged
  }

  /** Number of ready tasks that are in order. */
  get ready(): number {
    let ready = 0
    for (const track of this.tracks) if (track.priority !== ASIDE) ready += track.ready
    return ready
  }

  /** The tracks that have ready tasks. */
  withReady(): readonly Track[] {
    return this.tracks.filter((track) => track.priority !== ASIDE && track.ready > 0)
  }

  /** A key after all others of a priority, or of those that are aside. */
  nextKey(priority: number): number {
    this.#isChanged = true
    return ++this.#at(priority).tail
  }

  /** Notes that the task of a key from {@link nextKey} is not ready, or no more. */
  bury(priority: number): void {
    this.#isChanged = true
    this.#at(priority).dead += 1
  }

  /** Notes that tasks of a track were claimed: those of the `count` first ready keys, the last of which is `last`. */
  take(track: Track, last: number, count: number): void {
    this.#isChanged = true
    if (count === track.ready) track.takeAll()
    else track.take(last, count)
  }

  /** Notes that a track has only so many ready tasks. */
  recount(track: Track, ready: number): void {
    this.#isChanged = true
    track.dead += track.ready - ready
  }

  /** Notes that no task is ready any more. */
  takeAll(): void {
    this.#isChanged = true
    for (const track of this.tracks) track.takeAll()
  }

  toString(): string {
    return JSON.stringify(
      this.tracks.map(({ priority, number, next, tail, dead }) => [priority, number, next, tail, dead]),
    )
  }

  #at(priority: number): Track {
    const index = this.tracks.findIndex((track) => track.priority === priority)
    const known = this.tracks[index]
    if (known && !known.isWorn) return known
    const track = Track.make(priority, this.newNumber(priority))
    if (known) this.tracks[index] = track
    else this.tracks.push(track)
    this.tracks.sort((a, b) => b.priority - a.priority)
    return track
  }
}

/** @throws {@link UnreadableRowError} where another program has written the text */
export function parseTracks(text: string): Track[] {
  let tracks: unknown
  try {
    tracks = JSON.parse(text)
  } catch {
    throw new UnreadableRowError(text)
  }
  if (!Array.isArray(tracks)) throw new UnreadableRowError(text)
  return tracks.map((track: unknown) => {
    if (!isTrack(track)) throw new UnreadableRowError(text)
    return new Track(...track)
  })
}

function isTrack(value: unknown): value is [number, number, number, number, number] {
  if (!Array.isArray(value) || value.length !== 5 || !value.every((part) => Number.isSafeInteger(part))) return false
  const [, number, next, tail] = value as [number, number, number, number, number]
  const [first, last] = Track.range(number)
  return number > 0 && next >= first && next <= tail + 1 && tail <= last
}
