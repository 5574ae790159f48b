-- include: head, batches
-- Counts the tasks that workers hold.
--
-- KEYS
--   leases    hash, kept: see leases.lua
local function count_held()
  local held = 0
  for _, worker in ipairs(call('HKEYS', LEASES)) do
    for number in string.gmatch(held_by(worker), ':(%d+)') do
      held = held + tonumber(number)
    end
  end
  return held
end
