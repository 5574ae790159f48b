-- include: time
-- The rows of leases.
--
-- KEYS
--   leases    hash, kept: worker -> "slots,ttl,suspectedAt" (ms; suspectedAt 0: not suspected, -1: condemned)
local NOT_SUSPECTED, IS_CONDEMNED = 0, -1

local function save_lease(worker, slots, ttl, suspected_at)
  call('HSET', LEASES, worker, whole(slots) .. ',' .. whole(ttl) .. ',' .. whole(suspected_at))
end

-- Returns slots, ttl and suspectedAt; nothing when there is no row. A row that cannot be read is that of a lease without time.
local function unpack_lease(row)
  if not row then
    return
  end
  local slots, ttl, suspected_at = string.match(row, '^(%d+),(%d+),(-?%d+)$')
  if not slots then
    return 1, 0, NOT_SUSPECTED
  end
  return tonumber(slots), tonumber(ttl), tonumber(suspected_at)
end
