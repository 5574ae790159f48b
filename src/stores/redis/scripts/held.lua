-- include: time
-- Claimed tasks.
--
-- KEYS
--   held      hash, kept: id -> "fence,claimedAt,worker"

-- Returns fence, claimedAt and worker, as text.
local function unpack_held(row)
  return string.match(row, '^(%d+),(%d+),(.*)$')
end

-- The same of a task; nothing when no worker holds it.
local function held_row(id)
  return unpack_held(call('HGET', HELD, id) or '')
end
