-- include: time
-- Counters of the queue, with one update for each counter and call.
--
-- KEYS
--   stats     hash, kept: name of a counter -> its value since the queue was first used
local counts = {}

local function count(name)
  counts[name] = (counts[name] or 0) + 1
end

local function save_counts()
  for name, by in pairs(counts) do
    -- A counter that is no number stops nobody.
    redis.pcall('HINCRBY', STATS, name, by)
  end
end
