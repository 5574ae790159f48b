-- include: time
-- Claimed tasks.
--
-- KEYS
--   held      hash, kept: id -> "fence,claimedAt,worker"

-- Returns fence, claimedAt and worker, as text; for a row that cannot be read, those of no worker.
local function unpack_held(row)
  local fence, claimed_at, worker = string.match(row, '^(%d+),(%d+),(.*)$')
  return fence or '0', claimed_at or '0', worker or ''
end

-- The same of a task; nothing when no worker holds it.
local function held_row(id)
  local row = call('HGET', HELD, id)
  if row then
    return unpack_held(row)
  end
end
