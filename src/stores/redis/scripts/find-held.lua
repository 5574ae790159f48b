-- include: batches
-- Looks for held tasks by their ids. There is no index from a task to its batch: only revocations and look-ups need one, and each
-- claim would pay for it.
--
-- KEYS
--   leases    hash, kept: see leases.lua

-- Returns id -> { batch, place } for those of the ids that are held. wanted: id -> true.
local function find_held(wanted)
  local found = {}
  for _, worker in ipairs(call('HKEYS', LEASES)) do
    for fence in string.gmatch(held_by(worker), ' (%d+):') do
      local batch = batch_of(fence)
      for place, id in ipairs(batch and batch.ids or {}) do
        if wanted[id] and is_held(batch, place) then
          found[id] = { batch = batch, place = place }
        end
      end
    end
  end
  return found
end
